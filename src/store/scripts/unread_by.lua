-- What several readers have not read of one list.
-- KEYS[1] the list; ARGV: 1 message key prefix, then the readers' pointers
-- returns a number per pointer
local out = {}
for i = 2, #ARGV do out[#out + 1] = unread_of(ARGV[i], KEYS[1], '', ARGV[1], '') end
return out
