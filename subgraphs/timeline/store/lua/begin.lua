-- Begin to build a feed: from now on it takes what happens, and nothing is read from it.
-- ARGV: …, person, epoch, generation, an era in case there is none, seconds of the builder's right,
-- seconds that the feed lives unread, an epoch that is unfit.
-- Returns begun, busy (somebody else builds it) or there (somebody else has built it).
local person, epoch, generation = ARGV[4], ARGV[5], ARGV[6]
local feed = open(person)
if feed and feed.phase == 'ready' and tonumber(feed.generation) >= tonumber(generation)
  and feed.epoch ~= ARGV[10] then
  return 'there'
end
local set, state, log = keys_of(person)
if not redis.call('SET', set .. ':building', epoch, 'NX', 'EX', ARGV[8]) then return 'busy' end
redis.call('SET', 'feeds:era', ARGV[7], 'NX')
redis.call('DEL', set, state, log)
redis.call('ZADD', set, '-inf', '')
redis.call(
  'HSET', state, 'epoch', epoch, 'phase', 'building', 'generation', generation, 'seq', 0,
  'floor_ms', 0, 'floor_id', string.rep('\0', 16))
touch({set = set, state = state, log = log}, tonumber(ARGV[9]))
return 'begun'
