-- A notice of EC2 reaches an agent's primary, as if the agent said so.
-- :param agent str
-- :param kind str
-- :param deadline str
CALL agent_notice(:agent, :kind, :deadline)
