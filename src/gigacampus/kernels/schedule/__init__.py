"""Data structures of the scheduler: small compiled functions over flat arrays, each with a plain twin in the tests."""
