-- Takes entries out of an index, each only if nobody wrote it anew.
-- KEYS[1] the hash; ARGV in pairs: field, the value that was read
-- returns how many went
local gone = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then gone = gone + redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return gone
