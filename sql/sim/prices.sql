-- A simulated agent reports prices.
-- :param agent str
-- :param instance str
-- :param word str
-- :param detail json
CALL agent_report_prices(:agent, :instance, :word, :detail)
