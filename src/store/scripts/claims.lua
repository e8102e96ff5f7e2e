-- Fields of several hashes of one partition.
-- KEYS[1] any key of the partition; ARGV in pairs: the hash, the field
-- returns each one's value, '' where there is none
local out = {}
for i = 1, #ARGV, 2 do out[#out + 1] = redis.call('HGET', ARGV[i], ARGV[i + 1]) or '' end
return out
