-- What a user has not read in several channels and threads of one partition, each with the channel's clock, so that a node
-- knows which events the numbers already hold.
-- KEYS[1] any key of the partition; ARGV[1] the user id, then five per row: 'c', reads, timeline, silent, state of a channel
-- or 't', thread, replies, '', state of a thread
-- returns per row: the pointer's record ('' for somebody outside), unread, clock
local out = {}
local call, i = redis.call, 2
while ARGV[i] do
  local read = call('HGET', ARGV[i + 1], ARGV[1]) or ''
  local unread = 0
  if read ~= '' then
    local since = '(' .. string.sub(read, 7, 22)
    unread = call('ZCOUNT', ARGV[i + 2], since, '+inf')
    if unread > 0 and ARGV[i] == 'c' then unread = unread - call('ZCOUNT', ARGV[i + 3], since, '+inf') end
  end
  out[#out + 1] = read
  out[#out + 1] = unread
  out[#out + 1] = call('HGET', ARGV[i + 4], 'clock') or '0'
  i = i + 5
end
return out
