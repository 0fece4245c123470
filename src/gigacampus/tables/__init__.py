"""Tables: the only thing that rooms hand each other. Every column is declared once, with unit and sentence."""

from gigacampus.tables.table import Column, Spec, Table

__all__ = ["Column", "Spec", "Table"]
