-- The transaction's checks: walks those that stand in ARGV from position i on.
-- returns the position behind them and nothing, or the position of the first that failed and its name
local function verified(i)
  local call = redis.call
  local claim
  while true do
    local op, key, a, b, c = unpack(ARGV, i, i + 4)
    if op == 'claim' then claim = i i = i + 7
    elseif op == 'absent' then
      if call('EXISTS', key) == 1 then return i, a end
      i = i + 3
    elseif op == 'same' then
      if call('GETRANGE', key, 6, 21) ~= a then return i, b end
      i = i + 4
    elseif op == 'fabsent' then
      if call('HEXISTS', key, a) == 1 then return i, b end
      i = i + 4
    elseif op == 'fsame' then
      if string.sub(call('HGET', key, a) or '', 7, 22) ~= b then return i, c end
      i = i + 5
    elseif op == 'is' then
      if call('GET', key) ~= a then return i, b end
      i = i + 4
    elseif op == 'fis' then
      if call('HGET', key, a) ~= b then return i, c end
      i = i + 5
    elseif op == 'zis' then
      if call('ZSCORE', key, a) ~= b then return i, c end
      i = i + 5
    elseif op == 'fewer' then
      if call('ZCARD', key) >= tonumber(a) then return i, b end
      i = i + 4
    else break end
  end
  -- Last, because it writes: when it is the first to claim the name, there is no record either, and nothing else can fail.
  if claim then
    local key, id, value, taken, record, known = unpack(ARGV, claim + 1, claim + 6)
    if call('HSETNX', key, id, value) == 0 then
      if call('HGET', key, id) ~= value then return claim, taken end
      if call('EXISTS', record) == 1 then return claim, known end
    end
  end
  return i
end
