-- What a snooze covers: how far the alert reached, how grave it was and of which instance, when it was given.
ALTER TABLE alerts ADD COLUMN IF NOT EXISTS snoozed_saw JSON NULL AFTER snoozed_by;
