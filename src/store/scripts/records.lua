-- Several records of one partition with what belongs to them.
-- KEYS[1] any key of the partition; ARGV[1] what: users (record, last active, open connections, drafts and reminders) or channels (state's
-- last and count); then the keys in groups
local out = {}
local i, step = 2, ARGV[1] == 'users' and 5 or 2
while ARGV[i] do
  out[#out + 1] = redis.call('GET', ARGV[i]) or ''
  if step == 5 then
    out[#out + 1] = redis.call('GET', ARGV[i + 1]) or ''
    out[#out + 1] = tostring(redis.call('EXISTS', ARGV[i + 2]))
    out[#out + 1] = tostring(math.min(1, redis.call('EXISTS', ARGV[i + 3], ARGV[i + 4])))
  else
    local state = redis.call('HMGET', ARGV[i + 1], 'last', 'count')
    out[#out + 1] = state[1] or ''
    out[#out + 1] = state[2] or ''
  end
  i = i + step
end
return out
