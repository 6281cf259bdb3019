-- Of a connection that is another one now: are the tables of stage_begin still this import's?
SELECT COALESCE(GET_LOCK({{stage_lock}}, 0), 0) AS is_held
