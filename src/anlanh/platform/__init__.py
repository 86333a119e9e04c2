"""The floor under the record: database, migrations, unit of work, jobs, outbox, blobs, HTTP, metrics."""
