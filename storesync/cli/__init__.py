"""The command line, one module per command: parses options, calls the program, prints, sets the exit code."""
