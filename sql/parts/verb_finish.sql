-- The end of every verb, after the guardrails (v_rails) have been asked, {{verb_decide}} has set v_status and what is
-- 'done' was done. command: the command it made, or NULL; target: its type, id and name; version: what it has now.
-- :define verb_decide CALL verb_decide(p_seen, v_before, v_rails, p_override, p_reason, p_dry_run, v_status, v_message)
	CALL verb_finish({{verb}}, p_dry_run, p_request_id, v_hash, {{command}}, {{target}}, v_status, v_message, v_rails, v_before, v_after,
		{{version}}, p_reason, p_os_user, p_host);
