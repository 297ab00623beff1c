"""This machine: settings, files, clock, log, network, processes, crontab, vault, notices."""
