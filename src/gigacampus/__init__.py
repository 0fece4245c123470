"""gigacampus, from deal to watts: an open simulator of gigawatt AI campuses."""

__version__ = "0.1.0"
