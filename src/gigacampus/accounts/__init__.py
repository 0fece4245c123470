"""The accounts room: who pays, who earns, what a GPU-hour costs."""

from gigacampus.accounts.again import PRICES, REST, Memory, source_of
from gigacampus.accounts.compare import difference, lines, totals
from gigacampus.accounts.export import to_beancount, to_csv
from gigacampus.accounts.settle import measure, settle

__all__ = [
    "PRICES",
    "REST",
    "Memory",
    "difference",
    "lines",
    "measure",
    "settle",
    "source_of",
    "to_beancount",
    "to_csv",
    "totals",
]
