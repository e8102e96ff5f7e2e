-- Takes pushes that are due: they are due again when the lease has lapsed.
-- KEYS[1] when they are due; ARGV: 1 the jobs, 2 the lease in microseconds, 3 how many at most
-- returns the jobs' JSON
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local out = {}
for _, id in ipairs(call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[3])) do
  local job = call('HGET', ARGV[1], id)
  if job then
    call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), id)
    out[#out + 1] = job
  else
    call('ZREM', KEYS[1], id)
  end
end
return out
