-- Drops what stage_begin made. A day that a lost connection left between two tables goes back first.
-- They are another import's where that one took their lock, after this one had lost its connection.
BEGIN NOT ATOMIC
	IF COALESCE(IS_USED_LOCK({{stage_lock}}), CONNECTION_ID()) = CONNECTION_ID() THEN
		{{stage_empty}};
		DO RELEASE_LOCK({{stage_lock}});
	END IF;
END
