-- Let a feed know of a follow; of one that ended, take out what it had brought.
-- ARGV: …, person, target, version, + or -.
-- Returns nothing where there is no feed or it knows better; else epoch, floor (ms, id), and
-- whether the log grew.
local feed = open(ARGV[4])
if not feed then return {} end
local target, sign = ARGV[5], ARGV[7]
if not learn(feed, target, tonumber(ARGV[6]), sign) then return {} end
local removed = {}
if sign == '-' and feed.phase == 'ready' then
  local held = redis.call('ZRANGE', feed.set, 1, -1, 'WITHSCORES')
  for i = 1, #held, 2 do
    local _, author, answered = parts(held[i])
    if (author == target or answered == target) and not visible(feed, author, answered) then
      redis.call('ZREM', feed.set, held[i])
      removed[#removed + 1] = {held[i + 1], held[i]}
    end
  end
  note_all(feed, 'removed', removed, 'UNFOLLOWED')
end
return {feed.epoch, string.format('%d', feed.floor_ms), feed.floor_id, #removed > 0 and 1 or 0}
