-- The answer of such a job, of {{type}}: n, how many rows changed; ok, how many took theirs; and a row of each part that failed. What
-- failed before and did not now is mended.
DELETE c FROM consolidation_jobs c LEFT JOIN JSON_TABLE(v_failed, '$[*]' COLUMNS (part VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$.part')) f ON f.part = c.chunk
WHERE c.job_type = {{type}} AND {{is_left_out(c)}} AND f.part IS NULL;
SELECT v_n AS n, v_ok AS ok, f.part, f.error FROM (SELECT 1 AS one) o
LEFT JOIN JSON_TABLE(v_failed, '$[*]' COLUMNS (part VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$.part', error VARCHAR(500) PATH '$.error')) f ON TRUE;
