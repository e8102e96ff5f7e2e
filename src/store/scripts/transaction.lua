-- The transaction: verify every check, take the time, apply every write, append every event; or do nothing at all.
-- KEYS[1]  the partition's log
-- ARGV[1]  the clock's hash ('' when nothing orders by this change), ARGV[2] how it ticks (m c r) and what moves beside it (n v x),
-- ARGV[3]  the log's length limit, ARGV[4] how many messages more ('=' before it: than none), ARGV[5] the channel's version
-- expected, then the operations: checks first, each with its arguments (store/transaction.rs)
-- returns  'at log-id unread' ('-' for an id when nothing was told), or '!what' with the name of the first check that failed
local call = redis.call
local failed, i = expected(ARGV[1], ARGV[5])
if not failed then i, failed = verified(6) end
if failed then return '!' .. failed end
local op, tick, id = ARGV[i], string.sub(ARGV[2], 1, 1), '-'
local now = clocked(tick)
-- What 'unread' counted takes the place of its placeholder in the events that follow, in the same width: stamps keep theirs.
local unread
local function tell(moment, entry)
  if unread then entry = string.gsub(entry, '":4294967295', string.format('":%-10d', unread)) end
  id = call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', moment, entry)
end
while op do
  local key, a, b = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if op == 'stamp' then call('SET', key, '{"at":' .. now .. a) i = i + 3
  elseif op == 'znow' then call('ZADD', key, now, a) i = i + 3
  elseif op == 'event' then tell(now, key) i = i + 2
  elseif op == 'watched' then tell(now .. ' ' .. (kept[4] or 0), key) i = i + 2
  elseif op == 'hstamp' then call('HSET', key, a, '{"at":' .. now .. b) i = i + 4
  elseif op == 'zadd' then call('ZADD', key, b, a) i = i + 4
  elseif op == 'hset' then call('HSET', key, a, b) i = i + 4
  elseif op == 'set' then call('SET', key, a) i = i + 3
  elseif op == 'del' then call('DEL', key) i = i + 2
  elseif op == 'hdel' then call('HDEL', key, a) i = i + 3
  elseif op == 'zrem' then call('ZREM', key, a) i = i + 3
  elseif op == 'zcut' then call('ZREMRANGEBYSCORE', key, '-inf', a) i = i + 3
  elseif op == 'zkeep' then call('ZREMRANGEBYRANK', key, 0, -a) i = i + 3
  elseif op == 'unread' then
    unread = unread_of(call('HGET', key, a) or '', b, ARGV[i + 4], ARGV[i + 5], ARGV[i + 6])
    i = i + 7
  elseif op == 'newest' then
    local newest = call('ZREVRANGE', a, 0, 0, 'WITHSCORES')
    if newest[2] then call('HSET', key, b, newest[2]) else call('HDEL', key, b) end
    i = i + 4
  else error('unknown operation ' .. tostring(op)) end
  op = ARGV[i]
end
settle(ARGV[1], tick, string.sub(ARGV[2], 2), now, ARGV[4])
return now .. ' ' .. id .. ' ' .. (unread or 0)
