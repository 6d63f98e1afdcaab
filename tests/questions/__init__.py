"""What people ask: for each question a broken and a repaired program, both executed."""
