"""The kill matrix, which shows that every spec notices when what it claims is broken."""
