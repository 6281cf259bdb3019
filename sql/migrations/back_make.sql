-- The way back begun: its rules, and triggers on the tables of here.
CALL migration_back_make()
