-- What this database is made of, read with the owner's eyes: rows as verify_objects gives them.
CALL schema_objects()
