"""Claims about threading and _thread."""
