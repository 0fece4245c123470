"""The accounts room: who pays, who earns, what a GPU-hour costs."""

from gigacampus.accounts.settle import settle

__all__ = ["settle"]
