"""Every decision, pure: frozen data and the time go in, what is to be done comes out."""
