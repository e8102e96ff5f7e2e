-- The transaction's checks: walks those that stand in ARGV from position i on.
-- returns the position behind them and nothing, or the position of the first that failed and its name
local function verified(i)
  local call = redis.call
  while true do
    local op, key, a, b, c = unpack(ARGV, i, i + 4)
    if op == 'absent' then
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
    elseif op == 'fis' then
      if call('HGET', key, a) ~= b then return i, c end
      i = i + 5
    elseif op == 'claim' then
      local owner = call('GET', key)
      if owner and owner ~= a then return i, b end
      i = i + 4
    else return i end
  end
end
