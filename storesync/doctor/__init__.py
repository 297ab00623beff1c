"""What is wrong, and the command that mends it: facts collected, then judged."""
