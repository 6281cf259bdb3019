-- Once its target is found, a verb that was done before under this request id answers as it did then. verb, target: what
-- the request is known by.
	SET v_hash = verb_hash({{verb}}, {{target}}, p_args);
	CALL verb_replay(p_request_id, v_hash, v_found);
	IF v_found THEN
		ROLLBACK;
		LEAVE main;
	END IF;
