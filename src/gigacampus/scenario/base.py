"""What every section of a scenario is built on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from gigacampus.scenario.unknown import where_known

Rules = Iterable[tuple[str, Callable[[], str | bool]]]
"""Rules of a section: the key that each is about (empty: the section), and what says how it is broken, or nothing."""


class RuleError(ValueError):
    """Rules of a section that its values break: for each the key within the section, and a sentence."""

    def __init__(self, broken: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {told}" if key else told for key, told in broken))
        self.broken = broken


class Section(BaseModel):
    """A frozen part of a scenario: unknown keys are refused, and a change makes a new one."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True,
        populate_by_name=True,
    )  # fmt: skip

    def _rules(self) -> Rules:
        """What its values must be to each other; each rule is asked as soon as it is given."""
        return ()

    def broken(self) -> list[tuple[str, str]]:
        """The rules that its values break; those that hinge on a value which could not be read are left out."""
        found = []
        with where_known:
            for key, wrong in self._rules():
                with where_known:
                    if told := wrong():
                        found.append((key, str(told)))
        return found

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if broken := self.broken():
            raise RuleError(broken)
        return self
