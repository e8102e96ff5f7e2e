-- What a user has not read in several channels and threads of one partition, each with the channel's clock, so that a node
-- knows which events the numbers already hold.
-- KEYS[1] any key of the partition; ARGV: 1 the user id, 2 and 3 whom he muted and blocked (ids, divided by commas), then seven
-- per row: pointers (of a channel or a thread), its timeline or replies, silent, state, message key prefix,
-- members, channel
-- returns per row: the pointer's record ('' for somebody without one), unread, clock, the membership's record ('' for none)
local out = {}
local call, i = redis.call, 4
while ARGV[i] do
  local pointers, list, silent, state, messages, members, channel = unpack(ARGV, i, i + 6)
  local read = call('HGET', pointers, ARGV[1]) or ''
  local unheard = ARGV[2]
  if ARGV[3] ~= '' and read ~= '' then unheard = unheard_in(call('GET', channel), ARGV[2], ARGV[3]) end
  out[#out + 1] = read
  out[#out + 1] = tostring(unread_of(read, list, silent, messages, unheard))
  out[#out + 1] = call('HGET', state, 'clock') or '0'
  out[#out + 1] = call('HGET', members, ARGV[1]) or ''
  i = i + 7
end
return out
