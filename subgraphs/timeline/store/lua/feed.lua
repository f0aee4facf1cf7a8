-- What the scripts share. Before every script this text stands, and its first arguments are
-- always: the most tweets of a feed, the length of its log, the trace that asks.
--
-- A feed is three keys, with the person's id in hex:
--   feed:<id>        sorted set; score: when a tweet was posted (ms); member: its id, its author's
--                    and the answered author's, 16 bytes each, so that ties go by tweet id and the
--                    rule needs no look-up. An empty member lies at the bottom: where it is
--                    missing, the set was evicted, and the feed is lost.
--   feed:<id>:state  hash: epoch, phase (building, ready), generation, seq (of the log), and the
--                    floor (ms, id): the set holds exactly what is above it. Beside them, under 16
--                    bytes each, the people followed or once followed: version and + or -.
--   feed:<id>:log    stream of what came and went; ids are seq, without gaps.
-- feeds:era names the life of this Redis's data; feeds:gone:<tweet> stands for a deleted tweet.
local SIZE, LOG, TRACE = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local MOST_NOTES = 100
local HEX = string.rep('%02x', 16)

local function hex(id)
  return string.format(HEX, id:byte(1, 16))
end

-- Lua's own < follows the server's locale.
local function before(a, b)
  for i = 1, 16 do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return false
end

local function is_above(ms, id, floor_ms, floor_id)
  return ms > floor_ms or (ms == floor_ms and before(floor_id, id))
end

local function parts(member)
  return member:sub(1, 16), member:sub(17, 32), member:sub(33, 48)
end

local function keys_of(person)
  local key = 'feed:' .. hex(person)
  return key, key .. ':state', key .. ':log'
end

local function open(person)
  local set, state, log = keys_of(person)
  local v = redis.call(
    'HMGET', state, 'epoch', 'phase', 'generation', 'seq', 'floor_ms', 'floor_id')
  if not v[1] or not redis.call('ZSCORE', set, '') then return nil end
  return {
    person = person, set = set, state = state, log = log, epoch = v[1], phase = v[2],
    generation = v[3], seq = tonumber(v[4]), floor_ms = tonumber(v[5]), floor_id = v[6],
  }
end

local function touch(feed, seconds)
  -- The state ends first: without it there is no feed, while without another key it had a hole.
  redis.call('EXPIRE', feed.state, seconds)
  redis.call('EXPIRE', feed.set, seconds + 60)
  redis.call('EXPIRE', feed.log, seconds + 60)
end

local function follows(feed, person)
  local known = redis.call('HGET', feed.state, person)
  return known and known:sub(-1) == '+'
end

local function visible(feed, author, answered)
  if author ~= feed.person and not follows(feed, author) then return false end
  return answered == '' or answered == author or answered == feed.person
    or follows(feed, answered)
end

local function is_gone(id)
  return redis.call('EXISTS', 'feeds:gone:' .. hex(id)) == 1
end

-- Take a newer state of a follow; false where a newer one stands.
local function learn(feed, person, version, sign)
  local known = redis.call('HGET', feed.state, person)
  if known and tonumber(known:sub(1, -2)) > version then return false end
  redis.call('HSET', feed.state, person, string.format('%d%s', version, sign))
  return true
end

local function set_floor(feed, ms, id)
  feed.floor_ms, feed.floor_id = ms, id
  redis.call('HSET', feed.state, 'floor_ms', string.format('%d', ms), 'floor_id', id)
end

-- Raise the floor, and let go what is no longer above it.
local function raise_floor(feed, ms, id)
  if not is_above(ms, id, feed.floor_ms, feed.floor_id) then return end
  set_floor(feed, ms, id)
  redis.call('ZREMRANGEBYSCORE', feed.set, 0, '(' .. string.format('%d', ms))
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', feed.set, ms, ms)) do
    if not before(id, member) then redis.call('ZREM', feed.set, member) end
  end
end

local function trim(feed)
  local over = redis.call('ZCARD', feed.set) - 1 - SIZE
  if over <= 0 then return end
  local highest = redis.call('ZRANGE', feed.set, over, over, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', feed.set, 1, over)
  set_floor(feed, tonumber(highest[2]), highest[1]:sub(1, 16))
end

-- Put a tweet into the set; false where it was, or would be below the floor.
local function put(feed, ms, member)
  if not is_above(ms, member, feed.floor_ms, feed.floor_id) then return false end
  return redis.call('ZADD', feed.set, 'NX', string.format('%d', ms), member) == 1
end

local function note(feed, kind, ms, member, reason)
  feed.seq = redis.call('HINCRBY', feed.state, 'seq', 1)
  redis.call(
    'XADD', feed.log, 'MAXLEN', '~', LOG, string.format('%d', feed.seq),
    'kind', kind, 'ms', ms, 'item', member, 'reason', reason, 'trace', TRACE)
end

-- Note several changes at once, given as {ms, member}; too many are one word: read again.
local function note_all(feed, kind, changes, reason)
  if #changes > MOST_NOTES then
    note(feed, 'reset', 0, '', reason)
    return
  end
  for _, change in ipairs(changes) do
    note(feed, kind, change[1], change[2], reason)
  end
end
