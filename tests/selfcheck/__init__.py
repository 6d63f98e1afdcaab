"""The suite examined: its harness, its rules, and counterfeits that its specs must catch."""
