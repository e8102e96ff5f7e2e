-- The next votes of several lists of one poll, in the order of time.
-- KEYS[1] any key of the partition; ARGV: 1 new (from the newest on) or old, 2 after which moment ('' for the first page), 3 how
-- many of each list, 4 the poll's votes, 5 the list of answers, then the lists wanted
-- returns per list {member, time, that person's votes ('' but for answers, whose text is there), member …}
local call = redis.call
local newest, after, most = ARGV[1] == 'new', ARGV[2], ARGV[3]
local out, i = {}, 6
while ARGV[i] do
  local found
  if newest then
    found = call('ZREVRANGEBYSCORE', ARGV[i], after == '' and '+inf' or '(' .. after, '-inf', 'WITHSCORES', 'LIMIT', 0, most)
  else
    found = call('ZRANGEBYSCORE', ARGV[i], after == '' and '-inf' or '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
  end
  local row = {}
  for at = 1, #found, 2 do
    row[#row + 1] = found[at]
    row[#row + 1] = found[at + 1]
    row[#row + 1] = ARGV[i] == ARGV[5] and call('HGET', ARGV[4], string.match(found[at], '^[^\n]*')) or ''
  end
  out[#out + 1] = row
  i = i + 1
end
return out
