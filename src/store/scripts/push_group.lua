-- The group that pushes, beginning at the log's present end; one that is there stays where it stands.
-- KEYS[1] the partition's log
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], 'push', '$', 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
return 1
