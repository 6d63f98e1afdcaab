"""The folder that a rehearsal puts on PYTHONPATH."""
