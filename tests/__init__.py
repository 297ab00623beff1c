"""The tests: folders as in the package; what they share is in `kits`."""
