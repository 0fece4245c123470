"""`sweep`: many runs, on this machine or a cluster, resumable. One verb: `sweep`."""

from gigacampus.doors import opened
from gigacampus.sweep.outcome import Outcome, read
from gigacampus.sweep.study import Study
from gigacampus.sweep.study_file import Where, read_study
from gigacampus.sweep.walk import sweep

__all__ = ["Outcome", "Study", "Where", "read", "read_study", "sweep"]

opened(__name__)
