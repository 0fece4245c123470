"""The deal room."""
