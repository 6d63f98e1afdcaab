"""Beyond the notes: a folder per module of the standard library, a file per class or subject."""
