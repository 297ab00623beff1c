"""`doctor`: collects facts about settings, machine and stores, and reports faults with the command to fix each."""
