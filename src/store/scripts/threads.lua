-- What lists show of threads of one partition, each as it is at one moment, for one user.
-- KEYS[1] any key of the partition; ARGV: 1 user id ('' for nobody), 2 and 3 whom he muted and blocked, then eight per thread: pointers,
-- replies, silent ones among them, what was set, timeline, the parent's id, message key prefix, channel
-- returns nine per thread: the parent's record ('' where there is no such thread), the first reply's, id and time of the newest, what was
-- set, number of participants, the user's pointer, unread, 1 while the parent is shown
local out = {}
local call, i = redis.call, 4
while ARGV[i] do
  local pointers, replies, silent, set, timeline, parent, messages, channel = unpack(ARGV, i, i + 7)
  local first = call('ZRANGE', replies, 0, 0)[1]
  local record = first and call('GET', messages .. parent) or ''
  local newest = record ~= '' and call('ZREVRANGE', replies, 0, 0, 'WITHSCORES') or {}
  local read = ARGV[1] ~= '' and call('HGET', pointers, ARGV[1]) or ''
  local unheard = ARGV[2]
  if ARGV[3] ~= '' and read ~= '' then unheard = unheard_in(call('GET', channel), ARGV[2], ARGV[3]) end
  local n = #out
  out[n + 1] = record
  out[n + 2] = first and call('GET', messages .. first) or ''
  out[n + 3] = newest[1] or ''
  out[n + 4] = newest[2] or ''
  out[n + 5] = call('GET', set) or ''
  out[n + 6] = tostring(call('HLEN', pointers))
  out[n + 7] = read
  out[n + 8] = tostring(unread_of(read, replies, silent, messages, unheard))
  out[n + 9] = call('ZSCORE', timeline, parent) and '1' or ''
  i = i + 8
end
return out
