-- Says of each write whether it is here, and writes a mark behind them for WAIT to wait for.
-- KEYS[1] the partition's log; ARGV[1] the mark's key, then pairs: entry and its id, key and its name, or order and anything
-- returns 1 or 0 per pair
local call = redis.call
local there = {}
for i = 2, #ARGV, 2 do
  local how, what = ARGV[i], ARGV[i + 1]
  local found = 1
  if how == 'entry' then found = #call('XRANGE', KEYS[1], what, what)
  elseif how == 'key' then found = call('EXISTS', what) end
  there[#there + 1] = found
end
call('SET', ARGV[1], '1')
return there
