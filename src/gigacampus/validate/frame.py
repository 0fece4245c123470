"""The frame that every suite fills: a case has a published value, ours, an error, a tolerance and a verdict.

A suite is a module of this package with `TITLE: str` and `cases(data: Path | None) -> list[Case]`; `data` is the
user's own file in the columns of the bundled table (a suite that takes none raises UsageError).
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gigacampus.errors import Fault, UsageError

Evidence = Literal["measured", "disclosed", "third-party-estimate", "own-derivation", "self-consistency"]
EVIDENCE: tuple[Evidence, ...] = (
    "measured", "disclosed", "third-party-estimate", "own-derivation", "self-consistency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison. `error` is relative unless `is_absolute`; `tolerance` bounds its size.

    A case with `counts=False` is printed and not judged (`note` says why). `tolerance` NaN: judged with the suite's
    aggregate only.
    """

    id: str
    published: float
    ours: float
    tolerance: float
    evidence: Evidence
    source: str
    unit: str = ""
    is_absolute: bool = False
    counts: bool = True
    note: str = ""
    below: float | None = None
    """How far ours may lie below, where that is not `tolerance` too."""

    @property
    def error(self) -> float:
        """Ours against the published value: the difference, relative to the published one unless `is_absolute`."""
        difference = self.ours - self.published
        if self.is_absolute:
            return difference
        return difference / abs(self.published) if self.published else (0.0 if difference == 0 else math.inf)

    @property
    def verdict(self) -> str:
        """`pass`, `fail`, or `listed` for a case that is not judged alone."""
        if not self.counts or math.isnan(self.tolerance):
            return "listed"
        below = self.tolerance if self.below is None else self.below
        return "pass" if -below <= self.error <= self.tolerance else "fail"

    def record(self) -> dict[str, object]:
        """The case as `--json` prints it."""

        def plain(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "id": self.id, "published": plain(self.published), "ours": plain(self.ours), "error": plain(self.error),
            "tolerance": plain(self.tolerance), "evidence": self.evidence, "verdict": self.verdict,
            "unit": self.unit, "is_absolute": self.is_absolute, "source": self.source, "note": self.note,
        }  # fmt: skip


def suites() -> list[str]:
    """The names of the suites there are."""
    package = importlib.import_module("gigacampus.validate")
    names = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in names if name != "frame" and not name.startswith("_"))


def score(suite: str, data: Path | None = None) -> list[Case]:
    """Run one suite and return its cases; UsageError where there is no such suite."""
    if suite not in suites():
        raise UsageError(Fault("V001", f'no suite "{suite}"', fix=f"one of {', '.join(suites())}"))
    module = importlib.import_module(f"gigacampus.validate.{suite}")
    found: list[Case] = module.cases(data)
    return found
