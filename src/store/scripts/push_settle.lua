-- What becomes of a push that was taken.
-- KEYS[1] when pushes are due; ARGV: 1 the jobs, 2 the dead letters, 3 how many of those are kept, 4 done|later|dead, 5 its id,
-- 6 its JSON, 7 after how many microseconds it is due again
local call = redis.call
local how, id = ARGV[4], ARGV[5]
if how == 'later' then
  local time = call('TIME')
  call('HSET', ARGV[1], id, ARGV[6])
  call('ZADD', KEYS[1], string.format('%.0f', time[1] * 1000000 + time[2] + ARGV[7]), id)
  return 1
end
call('HDEL', ARGV[1], id)
call('ZREM', KEYS[1], id)
if how == 'dead' then
  call('LPUSH', ARGV[2], ARGV[6])
  call('LTRIM', ARGV[2], 0, ARGV[3] - 1)
end
return 1
