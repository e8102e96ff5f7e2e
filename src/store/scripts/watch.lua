-- A connection starts or stops to watch channels of one partition. Repeating it changes nothing and tells nothing.
-- KEYS[1] the partition's log; ARGV: 1 start|stop, 2 the node's set of watches, 3 connection, 4 user, 5 log length, 6 how many watchers a
-- channel may have for others to be told, then six per channel: cid, watchers, the control entry, the event's entry ('' for
-- none), state, members of whom the user must be one ('' for whoever may watch)
local call = redis.call
local function tell(clock, entry, count)
  local time = call('TIME')
  local at = math.max(time[1] * 1000000 + time[2], tonumber(call('HGET', clock, 'clock') or 0))
  at = string.format('%.0f', at)
  call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', at .. ' ' .. count, entry)
end
local function count(state, watchers, changed)
  local people = call('HLEN', watchers)
  if changed and call('EXISTS', state) == 1 then call('HSET', state, 'watchers', people) end
  return people
end
local most, i = tonumber(ARGV[6]), 7
while ARGV[i] do
  local cid, watchers, control, event, state, members = unpack(ARGV, i, i + 5)
  local entry = ARGV[3] .. '\n' .. ARGV[4] .. '\n' .. cid
  if ARGV[1] == 'start' then
    local may = members == '' or call('HEXISTS', members, ARGV[4]) == 1
    if may and call('SADD', ARGV[2], entry) == 1 then
      local is_new = call('HINCRBY', watchers, ARGV[4], 1) == 1
      local people = count(state, watchers, is_new)
      tell(state, control, people)
      if is_new and event ~= '' and people <= most then tell(state, event, people) end
    end
  elseif call('SREM', ARGV[2], entry) == 1 then
    local is_gone = call('HINCRBY', watchers, ARGV[4], -1) <= 0
    if is_gone then call('HDEL', watchers, ARGV[4]) end
    local people = count(state, watchers, is_gone)
    tell(state, control, people)
    if is_gone and event ~= '' and people < most then tell(state, event, people) end
  end
  i = i + 6
end
return 1
