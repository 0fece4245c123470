"""The buildout room."""
