-- What became of a channel's messages after a moment: those created since then (timeline) and those written again since then
-- (changes, which also holds the replies that stay in their threads), each once.
-- KEYS[1] timeline; ARGV: 1 changes, 2 since, 3 most of each
-- returns the ids
local call, seen, ids = redis.call, {}, {}
for _, key in ipairs({KEYS[1], ARGV[1]}) do
  for _, id in ipairs(call('ZRANGEBYSCORE', key, '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])) do
    if not seen[id] then
      seen[id] = true
      ids[#ids + 1] = id
    end
  end
end
return ids
