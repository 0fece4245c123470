"""LLM models: how long a training run takes and what it draws, what failures leave of it, what serving needs."""

from gigacampus.workload.llm.architecture import Architecture, architectures, look_up
from gigacampus.workload.llm.goodput import Goodput, Recovery, goodput
from gigacampus.workload.llm.layout import Layout, Layouts
from gigacampus.workload.llm.machine import Machine, machine, trainable
from gigacampus.workload.llm.plan import Question, TrainingPlan, plan
from gigacampus.workload.llm.record import record
from gigacampus.workload.llm.replica import Replica
from gigacampus.workload.llm.run import Run
from gigacampus.workload.llm.search import auto
from gigacampus.workload.llm.step import Steps, steps

__all__ = [
    "Architecture", "Goodput", "Layout", "Layouts", "Machine", "Question", "Recovery", "Replica", "Run", "Steps",
    "TrainingPlan", "architectures", "auto", "goodput", "look_up", "machine", "plan", "record", "steps", "trainable",
]  # fmt: skip
