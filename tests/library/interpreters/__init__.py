"""Claims about concurrent.interpreters (3.14)."""
