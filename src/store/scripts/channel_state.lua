-- Everything that a channel's state shows, as it is at one moment.
-- KEYS[1] the channel's record; ARGV: 1 state, 2 members, 3 joined, 4 reads, 5 watchers, 6 timeline, 7 silent, 8 pins,
-- 9 message key prefix, 10 reactions key prefix, 11 viewer, 12 member offset, 13 member limit, 14 newest pins,
-- 15 and 22 whom the viewer muted and blocked, 16 to 21 the message page: dir, id, mode, min, max, limit
-- returns record, last, count, {id, member …}, {id, read, unread …}, own member, watcher count, page rows, pin rows, sharing
local record = call('GET', KEYS[1])
if not record then return false end
local viewer = ARGV[11]
local last, count, sharing = unpack(call('HMGET', ARGV[1], 'last', 'count', 'sharing'))
local function unread(read, unheard)
  return tostring(unread_of(read, ARGV[6], ARGV[7], ARGV[9], unheard))
end
local members, reads = {}, {}
local own = viewer ~= '' and call('HGET', ARGV[2], viewer)
local limit = tonumber(ARGV[13])
if limit > 0 then
  local ids = call('ZRANGE', ARGV[3], ARGV[12], ARGV[12] + limit - 1)
  if #ids > 0 then
    local records = call('HMGET', ARGV[2], unpack(ids))
    local states = call('HMGET', ARGV[4], unpack(ids))
    for i = 1, #ids do
      if records[i] then members[#members + 1] = ids[i] members[#members + 1] = records[i] end
      if states[i] and ids[i] ~= viewer then
        reads[#reads + 1] = ids[i] reads[#reads + 1] = states[i] reads[#reads + 1] = unread(states[i], '')
      end
    end
  end
end
local own_read = own and call('HGET', ARGV[4], viewer)
if own_read then
  reads[#reads + 1] = viewer reads[#reads + 1] = own_read
  reads[#reads + 1] = unread(own_read, unheard_in(record, ARGV[15], ARGV[22]))
end
local messages = rows(page(ARGV[6], ARGV[16], ARGV[17], ARGV[18], ARGV[19], ARGV[20], tonumber(ARGV[21])), ARGV[9], ARGV[10], viewer)
local pins = {}
if tonumber(ARGV[14]) > 0 then
  pins = rows(call('ZREVRANGEBYSCORE', ARGV[8], '+inf', '-inf', 'LIMIT', 0, ARGV[14]), ARGV[9], ARGV[10], viewer)
end
return {record, last or '', count or '', members, reads, own or '', call('HLEN', ARGV[5]), messages, pins, sharing or ''}
