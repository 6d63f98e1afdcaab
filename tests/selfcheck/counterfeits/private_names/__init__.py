"""Counterfeits, by the files of tests/library/private_names."""
