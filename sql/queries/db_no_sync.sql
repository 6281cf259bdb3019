-- Who writes waits for no other node: certification tells what was too late.
SET SESSION wsrep_sync_wait = 0
