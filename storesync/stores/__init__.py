"""The life of a store: connect, authorise, options, erase, rekey."""
