-- Bring one new tweet to many feeds.
-- ARGV: …, era, ms, member, then the people.
-- Returns those whose log grew, or the era where another one was expected: what the caller knows
-- is older than this Redis's data, which may have lost that the tweet is gone.
local era, ms, member = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local current = redis.call('GET', 'feeds:era')
if not current then return {} end
if current ~= era then return current end
local id, author, answered = parts(member)
if is_gone(id) then return {} end
local grown = {}
for i = 7, #ARGV do
  local feed = open(ARGV[i])
  if feed and feed.phase == 'building' then
    -- The rule needs all follows, which are on their way; `fill` applies it.
    redis.call('ZADD', feed.set, 'NX', ARGV[5], member)
  elseif feed and visible(feed, author, answered) and put(feed, ms, member) then
    trim(feed)
    if is_above(ms, id, feed.floor_ms, feed.floor_id) then
      note(feed, 'added', ARGV[5], member, '')
      grown[#grown + 1] = feed.person
    end
  end
end
return grown
