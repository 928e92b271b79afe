"""The eval commands, one file for what belongs together."""
