-- An export may take as long as it takes.
SET SESSION max_statement_time = 0
