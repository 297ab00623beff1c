"""One tick of cron: who is due, dispatch, alerts, housekeeping, local faults."""
