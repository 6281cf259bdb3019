-- Stream events by client: waiting ones nobody has been sent, delivered ones that are still kept, expired ones not yet cleaned up.
SELECT c.id AS client_id, c.name AS client, COALESCE(q.waiting, 0) AS waiting,
       {{ago_s(q.oldest_waiting_at)}} AS waiting_seconds, COALESCE(q.delivered, 0) AS delivered,
       q.last_delivered_at, COALESCE(x.expired, 0) AS expired
FROM clients c
LEFT JOIN (SELECT client_id, SUM(delivered = 0) AS waiting, SUM(delivered) AS delivered,
                  MIN(CASE delivered WHEN 0 THEN created_at END) AS oldest_waiting_at,
                  MAX(CASE delivered WHEN 1 THEN LEAST(created_at, NOW()) END) AS last_delivered_at
           FROM sse_events GROUP BY client_id) q ON q.client_id = c.id
LEFT JOIN (SELECT client_id, COUNT(*) AS expired FROM sse_events WHERE expires_at < NOW() GROUP BY client_id) x ON x.client_id = c.id
