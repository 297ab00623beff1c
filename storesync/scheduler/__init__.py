"""One tick of cron: finds due stores, dispatches slices, alerts, does housekeeping, reports local faults."""
