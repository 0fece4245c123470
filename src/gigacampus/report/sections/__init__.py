"""The sections, one a file. Each gives a `Section`, or None where the run has nothing to say about its question."""
