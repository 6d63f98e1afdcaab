"""Claims about what a program needs of the place where it runs."""
