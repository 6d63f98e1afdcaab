"""Claims about what sys says about threads, and of the GIL."""
