"""The results room: what a run found, kept in a folder that anyone can read years later."""

from gigacampus.results.collect import Results, collect
from gigacampus.results.folder import write
from gigacampus.results.manifest import manifest, seal, table_hash
from gigacampus.results.reading import read
from gigacampus.results.summary import flat

__all__ = ["Results", "collect", "flat", "manifest", "read", "seal", "table_hash", "write"]
