"""Claims about multiprocessing."""
