"""The accounts room: who pays, who earns, what a GPU-hour costs."""

from gigacampus.accounts.compare import difference, lines, totals
from gigacampus.accounts.export import to_beancount, to_csv
from gigacampus.accounts.settle import measure, settle

__all__ = ["difference", "lines", "measure", "settle", "to_beancount", "to_csv", "totals"]
