-- Everything that a channel's state shows, as it is at one moment.
-- KEYS[1] the channel's record; ARGV: 1 state, 2 members, 3 joined, 4 reads, 5 watchers, 6 timeline, 7 silent, 8 pins,
-- 9 message key prefix, 10 viewer, 11 member offset, 12 member limit, 13 newest pins,
-- 14 and 21 whom the viewer muted and blocked, 15 to 20 the message page: dir, id, mode, min, max, limit
-- returns record, last, count, {id, member …}, {id, read, unread …}, own member, watcher count, ids of the page, ids of the pins, sharing,
-- pending
local record = call('GET', KEYS[1])
if not record then return false end
local viewer = ARGV[10]
local last, count, sharing, pending = unpack(call('HMGET', ARGV[1], 'last', 'count', 'sharing', 'pending'))
local function unread(read, unheard)
  return tostring(unread_of(read, ARGV[6], ARGV[7], ARGV[9], unheard))
end
local members, reads = {}, {}
local own = viewer ~= '' and call('HGET', ARGV[2], viewer)
local limit = tonumber(ARGV[12])
if limit > 0 then
  local ids = call('ZRANGE', ARGV[3], ARGV[11], ARGV[11] + limit - 1)
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
  reads[#reads + 1] = unread(own_read, unheard_in(record, ARGV[14], ARGV[21]))
end
local messages = page(ARGV[6], ARGV[15], ARGV[16], ARGV[17], ARGV[18], ARGV[19], tonumber(ARGV[20]))
local pins = {}
if tonumber(ARGV[13]) > 0 then
  pins = call('ZREVRANGEBYSCORE', ARGV[8], '+inf', '-inf', 'LIMIT', 0, ARGV[13])
end
return {
  record, last or '', count or '', members, reads, own or '', call('HLEN', ARGV[5]), messages, pins, sharing or '', pending or '',
}
