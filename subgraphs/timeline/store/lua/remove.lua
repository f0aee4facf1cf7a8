-- Take one deleted tweet out of many feeds, and keep it from coming back.
-- ARGV: …, seconds to remember it, ms, member, then the people.
-- Returns those whose log grew.
local ms, member = ARGV[5], ARGV[6]
redis.call('SET', 'feeds:gone:' .. hex(member), 1, 'EX', ARGV[4])
local grown = {}
for i = 7, #ARGV do
  local feed = open(ARGV[i])
  if feed and redis.call('ZREM', feed.set, member) == 1 and feed.phase == 'ready' then
    note(feed, 'removed', ms, member, 'DELETED')
    grown[#grown + 1] = feed.person
  end
end
return grown
