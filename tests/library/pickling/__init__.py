"""Claims about pickling, by which objects reach other processes, and its pitfalls."""
