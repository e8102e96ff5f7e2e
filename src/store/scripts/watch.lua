-- A connection starts or stops to watch channels of one partition. Repeating it changes nothing and tells nothing.
-- KEYS[1] the partition's log; ARGV: 1 start|stop, 2 the node's set of watches, 3 connection, 4 user, 5 log length, then six per
-- channel: cid, watchers, header of the control entry, header, payload of the event ('' for none), state
local call = redis.call
local function tell(clock, header, payload, count)
  local time = call('TIME')
  local at = math.max(time[1] * 1000000 + time[2], tonumber(call('HGET', clock, 'clock') or 0))
  at = string.format('%.0f', at)
  if count then call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', 'a', at, 'h', header, 'p', payload, 'w', count)
  else call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', 'a', at, 'h', header, 'p', '') end
end
local i = 6
while ARGV[i] do
  local cid, watchers, control, header, payload, state = unpack(ARGV, i, i + 5)
  local entry = ARGV[3] .. '\n' .. ARGV[4] .. '\n' .. cid
  if ARGV[1] == 'start' then
    if call('SADD', ARGV[2], entry) == 1 then
      tell(state, control)
      if call('HINCRBY', watchers, ARGV[4], 1) == 1 and payload ~= '' then tell(state, header, payload, call('HLEN', watchers)) end
    end
  elseif call('SREM', ARGV[2], entry) == 1 then
    tell(state, control)
    if call('HINCRBY', watchers, ARGV[4], -1) <= 0 then
      call('HDEL', watchers, ARGV[4])
      if payload ~= '' then tell(state, header, payload, call('HLEN', watchers)) end
    end
  end
  i = i + 6
end
return 1
