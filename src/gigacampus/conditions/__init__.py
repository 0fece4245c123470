"""The conditions room."""
