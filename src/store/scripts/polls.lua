-- Polls of one partition as they are at one moment, each with what was voted.
-- KEYS[1] any key of the partition; ARGV: 1 the viewer ('' for nobody), 2 how many of the newest votes, then four per poll: record,
-- votes, answers, prefix of its options' keys
-- returns per poll: record ('' for none), the viewer's votes ('' for none), per option {number, count, member, time, member, time …}
-- (no members of an anonymous poll), of the answers {count, member, time, that person's votes, member …}
local call = redis.call
local viewer, most = ARGV[1], tonumber(ARGV[2])
local function newest(key)
  return call('ZREVRANGE', key, 0, most - 1, 'WITHSCORES')
end
local function options(poll, prefix)
  local out = {}
  for _, option in ipairs(poll.options or {}) do
    local number = string.format('%d', option.n)
    local row = {number, tostring(call('ZCARD', prefix .. number))}
    if row[2] ~= '0' and not poll.anonymous then
      for _, part in ipairs(newest(prefix .. number)) do row[#row + 1] = part end
    end
    out[#out + 1] = row
  end
  return out
end
local function answers(votes, key)
  local row = {tostring(call('ZCARD', key))}
  if row[1] == '0' then return row end
  local found = newest(key)
  for i = 1, #found, 2 do
    row[#row + 1] = found[i]
    row[#row + 1] = found[i + 1]
    row[#row + 1] = call('HGET', votes, string.match(found[i], '^[^\n]*')) or ''
  end
  return row
end
local out, i = {}, 3
while ARGV[i] do
  local key, votes, answered, prefix = unpack(ARGV, i, i + 3)
  local record = call('GET', key)
  if record then
    local poll = cjson.decode(record)
    local own = viewer ~= '' and call('HGET', votes, viewer) or ''
    out[#out + 1] = {record, own, options(poll, prefix), answers(votes, answered)}
  else
    out[#out + 1] = {'', '', {}, {}}
  end
  i = i + 4
end
return out
