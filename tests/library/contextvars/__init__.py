"""Claims about contextvars in the company of threads."""
