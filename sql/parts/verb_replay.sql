-- Once its target is found, a verb that was done before under this request id answers as it did then. verb, target: what
-- the request is known by. A copy takes none but those about alerts and jobs.
	IF {{verb}} NOT IN ('ack', 'claim', 'release', 'snooze', 'note', 'run_job', 'stop_job', 'drop_part', 'accept_part') THEN
		{{copy_refuses}};
	END IF;
	SET v_hash = verb_hash({{verb}}, {{target}}, p_args);
	CALL verb_replay(p_request_id, v_hash, v_found);
	IF v_found THEN
		ROLLBACK;
		LEAVE main;
	END IF;
