"""The face of the suite in pytest: plugins, one concern a file."""
