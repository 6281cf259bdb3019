-- On a node of a Galera cluster: a read waits until what was committed elsewhere before it is there.
SET SESSION wsrep_sync_wait = 1
