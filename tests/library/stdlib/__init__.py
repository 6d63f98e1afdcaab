"""Claims about the rest of the standard library beside threads and in children."""
