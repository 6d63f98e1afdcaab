"""The executable specification of Python concurrency."""
