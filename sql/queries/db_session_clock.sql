-- A program whose clock stands (SPOTOP_CLOCK) has sessions whose clock stands there too: what it shows can be compared.
-- :param at int
SET SESSION timestamp = :at
