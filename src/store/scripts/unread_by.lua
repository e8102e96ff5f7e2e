-- What several readers have not read of one list.
-- KEYS[1] the list; ARGV: 1 message key prefix, 2 what in the list nobody counts, then the readers' pointers
-- returns a number per pointer
local out = {}
for i = 3, #ARGV do out[#out + 1] = unread_of(ARGV[i], KEYS[1], ARGV[2], ARGV[1], '') end
return out
