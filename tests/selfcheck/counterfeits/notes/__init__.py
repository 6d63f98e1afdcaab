"""Counterfeits, by the files of tests/notes."""
