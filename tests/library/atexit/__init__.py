"""Claims about atexit with threads and with children."""
