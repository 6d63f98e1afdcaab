"""Claims about the textbook's problems and their cures."""
