"""Counterfeits, by the files of tests/questions."""
