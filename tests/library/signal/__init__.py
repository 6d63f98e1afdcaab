"""Claims about signals with threads and with children."""
