-- Notes what is to be pushed and acknowledges the entries that asked for it: together or not at all.
-- KEYS[1] the partition's log; ARGV: 1 the jobs, 2 when they are due, 3 number of entries, their ids, then id and JSON of each job.
-- A job that is known stays as it is.
local call = redis.call
local time = call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local entries = tonumber(ARGV[3])
for i = 4 + entries, #ARGV, 2 do
  if call('HSETNX', ARGV[1], ARGV[i], ARGV[i + 1]) == 1 then call('ZADD', ARGV[2], now, ARGV[i]) end
end
for i = 4, 3 + entries do call('XACK', KEYS[1], 'push', ARGV[i]) end
return 1
