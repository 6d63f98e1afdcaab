"""Counterfeits, by the files of tests/library/stdlib."""
