"""The lifecycle of a store: authorize, connect, set options, erase, change the key."""
