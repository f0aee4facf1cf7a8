-- Bring several older tweets to one feed, those that a new follow makes visible.
-- ARGV: …, person, epoch, bound (ms, id): there may be more at or below it; then ms, member, ….
-- Returns whether the log grew. Another epoch is being built from what is there now.
local feed = open(ARGV[4])
if not feed or feed.epoch ~= ARGV[5] then return 0 end
if feed.phase == 'building' then
  for i = 8, #ARGV, 2 do redis.call('ZADD', feed.set, 'NX', ARGV[i], ARGV[i + 1]) end
  raise_floor(feed, tonumber(ARGV[6]), ARGV[7])
  return 0
end
raise_floor(feed, tonumber(ARGV[6]), ARGV[7])
local came = {}
for i = 8, #ARGV, 2 do
  local id, author, answered = parts(ARGV[i + 1])
  if visible(feed, author, answered) and not is_gone(id)
    and put(feed, tonumber(ARGV[i]), ARGV[i + 1]) then
    came[#came + 1] = {ARGV[i], ARGV[i + 1]}
  end
end
trim(feed)
local stayed = {}
for _, change in ipairs(came) do
  if is_above(tonumber(change[1]), change[2], feed.floor_ms, feed.floor_id) then
    stayed[#stayed + 1] = change
  end
end
note_all(feed, 'added', stayed, '')
return #stayed > 0 and 1 or 0
