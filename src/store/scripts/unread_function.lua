-- Shared by the scripts that count: how many entries of a sorted set (a timeline, a thread's replies) are unread for a
-- pointer. The number is always counted, never stored, so that a recount cannot differ from the count.
-- read is the pointer's record ('' for somebody without one: 0); `own` in it lists the scores of the reader's own messages
-- behind the pointer, which marking unread leaves there. silent ('' for none) holds what nobody counts. unheard lists authors,
-- divided by commas, whom this reader does not count; for them at most the newest 1000 are looked at.
local function unread_of(read, list, silent, messages, unheard)
  if read == '' then return 0 end
  local pointer = string.sub(read, 7, 22)
  local since = '(' .. pointer
  local count = redis.call('ZCOUNT', list, since, '+inf')
  if count > 0 and silent ~= '' then count = count - redis.call('ZCOUNT', silent, since, '+inf') end
  if count <= 0 then return 0 end
  for at in string.gmatch(string.match(read, '"own":%[([%d,]+)%]') or '', '%d+') do
    if at > pointer then count = count - redis.call('ZCOUNT', list, at, at) end
  end
  if count <= 0 or unheard == '' then return math.max(count, 0) end
  local ids = redis.call('ZREVRANGEBYSCORE', list, '+inf', since, 'LIMIT', 0, 1000)
  for first = 1, #ids, 500 do
    local keys = {}
    for i = first, math.min(first + 499, #ids) do keys[#keys + 1] = messages .. ids[i] end
    for i, record in ipairs(redis.call('MGET', unpack(keys))) do
      if record then
        for author in string.gmatch(unheard, '[^,]+') do
          -- Looking for the text first spares parsing most records; the text may also be somebody's custom data.
          if string.find(record, '"user":"' .. author .. '"', 1, true) and cjson.decode(record).user == author
            and not (silent ~= '' and redis.call('ZSCORE', silent, ids[first + i - 1])) then
            count = count - 1
            break
          end
        end
      end
    end
  end
  return math.max(count, 0)
end
-- Whom a reader does not count in a channel: those he muted, and in a 1:1 channel those he blocked.
local function unheard_in(channel, muted, blocked)
  if blocked == '' or not channel or not string.find(channel, '"distinct":[', 1, true) then return muted end
  local distinct = cjson.decode(channel).distinct
  if type(distinct) ~= 'table' or #distinct ~= 2 then return muted end
  return muted == '' and blocked or muted .. ',' .. blocked
end
