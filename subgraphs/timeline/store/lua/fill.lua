-- Finish a feed: what was read from the database, what happened since `begin`, and the rule.
-- ARGV: …, person, epoch, bound (ms, id): there may be more at or below it; how many follows; then
-- for each target, version, + or -; then ms, member, ….
-- Returns whether this building was still the one that counts.
local feed = open(ARGV[4])
if not feed or feed.epoch ~= ARGV[5] or feed.phase ~= 'building' then return 0 end
local at = 9 + 3 * tonumber(ARGV[8])
for i = 9, at - 1, 3 do learn(feed, ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]) end
for i = at, #ARGV, 2 do redis.call('ZADD', feed.set, 'NX', ARGV[i], ARGV[i + 1]) end
-- A floor may have been set meanwhile; what is at or below the higher of both goes.
local floor_ms, floor_id = feed.floor_ms, feed.floor_id
if is_above(tonumber(ARGV[6]), ARGV[7], floor_ms, floor_id) then
  floor_ms, floor_id = tonumber(ARGV[6]), ARGV[7]
end
set_floor(feed, 0, string.rep('\0', 16))
raise_floor(feed, floor_ms, floor_id)
for _, member in ipairs(redis.call('ZRANGE', feed.set, 1, -1)) do
  local id, author, answered = parts(member)
  if not visible(feed, author, answered) or is_gone(id) then
    redis.call('ZREM', feed.set, member)
  end
end
trim(feed)
redis.call('HSET', feed.state, 'phase', 'ready')
redis.call('DEL', feed.set .. ':building')
return 1
