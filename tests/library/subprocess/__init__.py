"""Claims about subprocess and pseudo-terminals."""
