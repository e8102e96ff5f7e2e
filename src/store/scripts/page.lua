-- A page of messages: of a timeline, of replies, or of pins.
-- KEYS[1] the sorted set; ARGV: message key prefix, reactions key prefix, viewer, then dir, id, mode, min, max, limit
-- returns record, own reactions, record, own reactions …
local ids = page(KEYS[1], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9]))
return rows(ids, ARGV[1], ARGV[2], ARGV[3])
