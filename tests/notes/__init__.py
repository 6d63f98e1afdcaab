"""The eight sections of the notes, in their order: every claim of theirs, executed."""
