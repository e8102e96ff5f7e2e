-- A page of messages: of a timeline, of replies, or of pins.
-- KEYS[1] the sorted set; ARGV: dir, id, mode, min, max, limit
-- returns the ids, ascending
return page(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]))
