"""The command line's commands, one small module for each group."""
