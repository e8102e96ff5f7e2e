-- The channel's clock, and what is kept beside it because every message needs it: the number of messages, the time of the newest,
-- the version of the channel's record, the number of people who watch.
local kept = {}
-- Reads them; returns the name of what failed when the record is not of the version expected ('' for any).
local function expected(state, version)
  if state ~= '' then kept = redis.call('HMGET', state, 'clock', 'count', 'version', 'watchers') end
  if version ~= '' and kept[3] ~= version then return 'channel' end
end
-- The moment of a change ('m'essage, 'c'hange, 'r'ead), by Redis' clock and never before an earlier one of this channel.
local function clocked(tick)
  local time = redis.call('TIME')
  local at, last = time[1] * 1000000 + time[2], tonumber(kept[1] or 0)
  if tick == 'm' then at = math.max(at, math.floor(last / 1000) * 1000 + 1000)
  elseif tick == 'c' then at = math.max(at, last + 1)
  else at = math.max(at, last) end
  return string.format('%.0f', at)
end
-- Writes the clock, in one command with all that moved beside it: 'n' this is the newest message, 'v' this is the record's version
-- from now on, 'x' it has none any more.
local function settle(state, tick, moved, now, more)
  if state == '' or (tick == 'r' and moved == '' and more == '') then return end
  local fields = {'clock', tick == 'r' and kept[1] or now}
  local function set(field, value) fields[#fields + 1] = field fields[#fields + 1] = value end
  if more ~= '' then
    local count = string.sub(more, 1, 1) == '=' and string.sub(more, 2) or (kept[2] or 0) + more
    set('count', string.format('%.0f', count))
  end
  if string.find(moved, 'n', 1, true) then set('last', now) end
  if string.find(moved, 'v', 1, true) then set('version', now) elseif string.find(moved, 'x', 1, true) then set('version', '') end
  redis.call('HSET', state, unpack(fields))
end
