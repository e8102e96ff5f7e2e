-- Several hashes of one partition, whole.
-- KEYS[1] any key of the partition; ARGV the hashes
-- returns of each its fields and values
local out = {}
for i = 1, #ARGV do out[i] = redis.call('HGETALL', ARGV[i]) end
return out
