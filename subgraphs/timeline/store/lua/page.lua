-- Read a window of a feed, and keep the feed for longer.
-- ARGV: …, person, seconds that the feed lives unread, count, newer or older, start (ms, id) or
-- two empty ones.
-- Returns nothing where there is no feed; else epoch, phase, generation, seq, how many it holds,
-- whether it holds all there is, whether it can answer this window, how many items stand above
-- and below it, then member, ms, … from the newest.
local feed = open(ARGV[4])
if not feed then return {} end
touch(feed, tonumber(ARGV[5]))
local count, newer, start_ms, start_id = tonumber(ARGV[6]), ARGV[7] == 'newer', ARGV[8], ARGV[9]
local held = redis.call('ZCARD', feed.set) - 1
local whole = feed.floor_ms == 0
-- How many items are above the start, and how many are above it or on it.
local above, upto = 0, 0
local within = whole
if start_ms ~= '' then
  above = redis.call('ZCOUNT', feed.set, '(' .. start_ms, '+inf')
  upto = above
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', feed.set, start_ms, start_ms)) do
    if before(start_id, member) then above = above + 1 end
    if not before(member, start_id) then upto = upto + 1 end
  end
  within = whole or not is_above(feed.floor_ms, feed.floor_id, tonumber(start_ms), start_id)
elseif newer then
  above, upto = held, held
else
  within = true
end
local from, to
if newer then
  from, to = math.max(0, above - count), above - 1
  within = within and (whole or held > above)
else
  from, to = upto, math.min(upto + count, held) - 1
  within = within and (whole or to - from + 1 == count)
end
local answer = {
  feed.epoch, feed.phase, feed.generation, feed.seq, held, whole and 1 or 0, within and 1 or 0,
  from, held - to - 1,
}
if not within or to < from then return answer end
for _, word in ipairs(redis.call('ZREVRANGE', feed.set, from, to, 'WITHSCORES')) do
  answer[#answer + 1] = word
end
return answer
