-- What triggers write into the log goes through event_log. Not before the triggers that called them are made anew.
DROP PROCEDURE IF EXISTS outage_end;
DROP PROCEDURE IF EXISTS outage_begin; -- outage_check now, with the agent
