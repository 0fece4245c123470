"""The report room: a finished run as one HTML file. It reads results only, so any run folder renders years later."""

from gigacampus.report.page import as_csv, render, workbook

__all__ = ["as_csv", "render", "workbook"]
