-- What became of a channel's messages after a moment: those created since then (timeline) and those written again since then
-- (changes, which also holds the replies that stay in their threads), each once.
-- KEYS[1] timeline; ARGV: 1 changes, 2 message key prefix, 3 reactions key prefix, 4 viewer, 5 since, 6 most of each
-- returns record, own reactions, record, own reactions …
local seen, ids = {}, {}
for _, key in ipairs({KEYS[1], ARGV[1]}) do
  for _, id in ipairs(call('ZRANGEBYSCORE', key, '(' .. ARGV[5], '+inf', 'LIMIT', 0, ARGV[6])) do
    if not seen[id] then
      seen[id] = true
      ids[#ids + 1] = id
    end
  end
end
return rows(ids, ARGV[2], ARGV[3], ARGV[4])
