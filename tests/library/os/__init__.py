"""Claims about os.fork and what else os offers to make, await and watch processes."""
