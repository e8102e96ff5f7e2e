-- Puts a channel into the index of a user's channels, where its entry is the moment until he sees something there that others do not.
-- KEYS[1] the hash; ARGV: 1 cid, 2 the moment
-- returns the entry
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if entry and string.sub(entry, 1, 1) == '{' then return entry end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return ARGV[2]
