-- Shared by the scripts that read pages: ids of a sorted set between bounds, ascending.
-- dir 'old' takes the newest within the bounds, 'new' the oldest, 'around' centres on the id or on min.
-- An id that is not in the set gives an empty page.
local call = redis.call
local function reversed(list)
  local out = {}
  for i = #list, 1, -1 do out[#out + 1] = list[i] end
  return out
end
local function page(key, dir, id, mode, min, max, limit)
  if limit == 0 then return {} end
  local centre = min
  if id ~= '' then
    local score = call('ZSCORE', key, id)
    if not score then return {} end
    score = string.format('%.0f', score)
    if mode == 'lt' then max = '(' .. score elseif mode == 'lte' then max = score
    elseif mode == 'gt' then min = '(' .. score elseif mode == 'gte' then min = score
    else centre = score end
  end
  if dir == 'new' then return call('ZRANGEBYSCORE', key, min, max, 'LIMIT', 0, limit) end
  if dir == 'old' then return reversed(call('ZREVRANGEBYSCORE', key, max, min, 'LIMIT', 0, limit)) end
  local floor = id ~= '' and min or '-inf'
  local older = call('ZREVRANGEBYSCORE', key, '(' .. centre, floor, 'LIMIT', 0, limit)
  local newer = call('ZRANGEBYSCORE', key, centre, '+inf', 'LIMIT', 0, limit)
  local before = math.min(#older, math.max(math.floor(limit / 2), limit - #newer))
  local out = {}
  for i = before, 1, -1 do out[#out + 1] = older[i] end
  for i = 1, math.min(#newer, limit - before) do out[#out + 1] = newer[i] end
  return out
end
