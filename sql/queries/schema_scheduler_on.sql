-- Turns the event scheduler on, until the server restarts. Needs SUPER.
SET GLOBAL event_scheduler = ON
