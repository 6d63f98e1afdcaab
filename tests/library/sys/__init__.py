"""Claims about what sys tells of threads, and of the GIL."""
