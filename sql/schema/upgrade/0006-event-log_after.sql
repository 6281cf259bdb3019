-- What triggers write into the log goes through event_log. Not before the triggers that called it are made anew.
DROP PROCEDURE IF EXISTS outage_end;
