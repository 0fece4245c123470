"""The walk without jobs: deal and build-out, once or in many samples, and what moves the results most."""

from gigacampus.doors import opened
from gigacampus.plan.placed import placed
from gigacampus.plan.samples import Samples, samples
from gigacampus.plan.walk import About, about, plan

__all__ = ["About", "Samples", "about", "placed", "plan", "samples"]

opened(__name__)
