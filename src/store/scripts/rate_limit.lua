-- A limit shared by all nodes, as a leaking bucket (GCRA): `burst` calls at once, then one every `interval`.
-- KEYS[1] the moment (µs) at which the bucket will have run empty; ARGV[1] interval (µs), ARGV[2] burst, ARGV[3] take|give
-- returns 0, or in how many microseconds a call will be let through; a refused call counts for nothing
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local empty = math.max(now, tonumber(call('GET', KEYS[1]) or 0))
if ARGV[3] == 'take' then
  empty = empty + interval
  local wait = empty - now - burst * interval
  if wait > 0 then return math.ceil(wait) end
else
  empty = empty - interval
end
local lasts = math.ceil((empty - now) / 1000)
if lasts > 0 then call('SET', KEYS[1], string.format('%.0f', empty), 'PX', lasts) else call('DEL', KEYS[1]) end
return 0
