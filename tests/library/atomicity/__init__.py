"""Claims about what is atomic, and what is not, with a GIL and without one."""
