-- Read what changed a feed after a place in its log, and keep the feed for longer.
-- ARGV: …, person, seconds that the feed lives unread, after (seq), count.
-- Returns nothing where there is no feed; else epoch, phase, generation, seq, and the entries.
local feed = open(ARGV[4])
if not feed then return {} end
touch(feed, tonumber(ARGV[5]))
local entries = redis.call(
  'XRANGE', feed.log, string.format('%d', tonumber(ARGV[6]) + 1), '+', 'COUNT', ARGV[7])
return {feed.epoch, feed.phase, feed.generation, feed.seq, entries}
