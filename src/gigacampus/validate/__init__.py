"""Published values against ours. One file a suite; each returns its cases, none refits anything."""

from gigacampus.validate.frame import EVIDENCE, Case, score, suites

__all__ = ["EVIDENCE", "Case", "score", "suites"]
