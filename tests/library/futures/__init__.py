"""Claims about concurrent.futures."""
