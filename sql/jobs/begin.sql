-- One step of a job: everything up to job_commit happens or nothing of it.
START TRANSACTION
