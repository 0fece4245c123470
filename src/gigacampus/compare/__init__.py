"""`compare`: what differs in the inputs, what moved in the results, and because of what. One verb: `compare`."""

from gigacampus.compare.comparison import Comparison
from gigacampus.compare.walk import compare
from gigacampus.doors import opened

__all__ = ["Comparison", "compare"]

opened(__name__)
