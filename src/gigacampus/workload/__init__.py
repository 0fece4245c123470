"""The workload room."""
