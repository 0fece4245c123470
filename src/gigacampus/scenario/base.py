"""What every section of a scenario is built on."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of a scenario: unknown keys are refused, and a change makes a new one."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True,
        populate_by_name=True,
    )  # fmt: skip
