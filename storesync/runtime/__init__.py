"""What storesync uses of this machine: settings, files, clock, log, network, processes, crontab, vault, notices."""
