-- Takes flags away; a target that has none then leaves the index.
-- KEYS[1] the index; ARGV in groups of three: the target's flags, the target, who flagged it
-- returns how many targets left
local gone = 0
for i = 1, #ARGV, 3 do
  redis.call('HDEL', ARGV[i], ARGV[i + 2])
  if redis.call('EXISTS', ARGV[i]) == 0 then gone = gone + redis.call('ZREM', KEYS[1], ARGV[i + 1]) end
end
return gone
