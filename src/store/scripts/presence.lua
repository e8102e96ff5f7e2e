-- A connection of a user opens or closes; the first and the last one are told.
-- KEYS[1] the partition's log; ARGV: 1 open|close, 2 connections, 3 the node's set of connections, 4 last active, 5 connection,
-- 6 node, 7 user, 8 log length, 9 most connections, 10 the event's entry ('' for none)
-- 11 to 14 the user's record, what only he sees of it, his channels, his threads, 15 his last address, 16 the address ('' for
-- none), 17 seconds for which it is kept
-- returns these four of one who opens, nothing of one who closes, or who has too many
local call = redis.call
local time = call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local function tell()
  if ARGV[10] ~= '' then call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[8], '*', now, ARGV[10]) end
end
-- Of whom nothing is told, when he was last here is not to be seen either.
local function seen()
  if ARGV[10] ~= '' then call('SET', ARGV[4], now) end
end
local entry = ARGV[5] .. '\n' .. ARGV[7]
if ARGV[1] == 'open' then
  local open = call('HLEN', ARGV[2])
  if open >= tonumber(ARGV[9]) then return false end
  call('HSET', ARGV[2], ARGV[5], ARGV[6])
  call('SADD', ARGV[3], entry)
  seen()
  if ARGV[16] ~= '' then call('SET', ARGV[15], ARGV[16], 'EX', ARGV[17]) end
  if open == 0 then tell() end
  return {call('GET', ARGV[11]) or '', call('GET', ARGV[12]) or '', call('HGETALL', ARGV[13]), call('HGETALL', ARGV[14])}
else
  call('SREM', ARGV[3], entry)
  if call('HDEL', ARGV[2], ARGV[5]) == 1 then
    seen()
    if call('HLEN', ARGV[2]) == 0 then tell() end
  end
end
return false
