"""The commands, a file each: read the options, call the program, print, exit code."""
