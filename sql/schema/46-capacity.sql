-- Capacity: what a launch that failed for want of it closes, and what one that came up opens again.
DELIMITER //

-- A client's launch in a place failed with that error. Failures of one minute are one: a storm's launches fail together.
CREATE OR REPLACE PROCEDURE cooling_begin(p_client UUID, p_place VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_error VARCHAR(60))
MODIFIES SQL DATA
INSERT INTO spotop_cooling (place, client_id, error, failed_at, cooled_until, failures)
VALUES (p_place, p_client, p_error, NOW(), NOW() + INTERVAL {{cooled_s(1)}} SECOND, 1)
ON DUPLICATE KEY UPDATE
	failures = CASE WHEN failed_at < NOW() - INTERVAL 1 HOUR THEN 1 WHEN failed_at < NOW() - INTERVAL 60 SECOND THEN LEAST(failures + 1, 100) ELSE failures END,
	cooled_until = NOW() + INTERVAL {{cooled_s(failures)}} SECOND, error = VALUES(error), failed_at = NOW() //

-- A switch or a launch of a client ended: it failed for want of capacity there, for want of quota, for something else, or it came up.
CREATE OR REPLACE PROCEDURE capacity_learn(p_client UUID, p_agent UUID, p_mode VARCHAR(10), p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_ok BOOLEAN, p_message TEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_error VARCHAR(60) DEFAULT IF(p_ok, NULL, {{capacity_error(p_message)}});
	DECLARE v_region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_place VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_pool;
	IF v_error IS NULL AND NOT p_ok THEN
		SET v_place = NULL;
	ELSEIF p_mode = 'ondemand' THEN
		SELECT MAX({{ondemand_place(a.instance_type, a.region)}}) INTO v_place FROM agents a WHERE a.id = p_agent;
	END IF;
	IF v_place IS NOT NULL AND p_ok THEN
		DELETE FROM spotop_cooling WHERE place = v_place AND client_id = p_client AND cooled_until <= NOW();
	ELSEIF v_place IS NOT NULL AND {{is_quota(v_error)}} AND p_mode <> 'ondemand' THEN
		SELECT MAX(p.region) INTO v_region FROM spot_pools p WHERE p.id = p_pool;
		FOR q IN (SELECT p.id FROM spot_pools p WHERE p.region = v_region ORDER BY p.id) DO -- in the order of their keys, as whoever locks several
			CALL cooling_begin(p_client, q.id, v_error);
		END FOR;
	ELSEIF v_place IS NOT NULL THEN
		CALL cooling_begin(p_client, v_place, v_error);
	END IF;
END //

-- Why nothing, or one launch at a time, is sent to a place; NULL when it is open. What the client met itself says more than what others did.
CREATE OR REPLACE FUNCTION cooling_says(p_place VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_client UUID) RETURNS VARCHAR(300) READS SQL DATA
	RETURN COALESCE((SELECT {{cooled_says(k)}} FROM spotop_cooling k WHERE k.place = p_place AND {{closes(k, p_client, NOW())}}
			ORDER BY k.client_id = p_client DESC, k.cooled_until DESC LIMIT 1),
		(SELECT {{cooled_says(k)}} FROM spotop_cooling k WHERE k.place = p_place AND {{closes(k, p_client, NOW() - INTERVAL 1 HOUR)}}
			ORDER BY k.client_id = p_client DESC, k.cooled_until DESC LIMIT 1)) //

DELIMITER ;
