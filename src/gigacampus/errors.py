"""The few exceptions: what was expected, what was found, where, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input, placed as exactly as the input allows.

    `line` and `column` count from 1; 0 means that the input has no such place (a command-line value).
    `path` is the dotted scenario path (`campus.halls.0.it_power`) or the column of a table.
    """

    code: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    width: int = 1
    path: str = ""
    text: str = ""
    fix: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The fault as plain values, for `--format json`."""
        return asdict(self)

    def render(self) -> str:
        """The fault in the style of rustc: code, place, the line, a caret, a fix."""
        head = f"error[{self.code}]: {self.message}"
        lines = [head]
        place = self.file or "<command line>"
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        lines.append(f"  --> {place}" + (f"  ({self.path})" if self.path else ""))
        if self.text:
            gutter = f"{self.line:>4} | "
            lines.append(gutter + self.text)
            if self.column:
                lead = "".join("\t" if one == "\t" else " " for one in self.text[: self.column - 1])
                lines.append(" " * len(gutter) + lead + "^" * max(1, self.width))
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class GigacampusError(Exception):
    """Anything this package raises on purpose. `exit_code` is what the command line returns for it."""

    exit_code = 1


class InputError(GigacampusError):
    """An input that cannot be used: all its faults at once."""

    exit_code = 2
    after = "nothing was written"
    """What is there now, told under the faults."""

    def __init__(self, faults: list[Fault] | Fault) -> None:
        self.faults = [faults] if isinstance(faults, Fault) else list(faults)
        super().__init__("\n".join(fault.render() for fault in self.faults))


class Gathered:
    """A block that goes on to the next where an input cannot be used: `with gathered: ...`, again and again."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if not isinstance(error, InputError):
            return False
        self.faults += error.faults
        return True

    def told(self, kind: type[InputError] | None = None) -> None:
        """Raise an error of a kind (InputError) with all that was found, each once, if anything was."""
        if self.faults:
            raise (kind or InputError)(list(dict.fromkeys(self.faults)))


class ScenarioError(InputError):
    """A scenario that cannot be run: all problems at once, each with path and line."""

    partly: Any = None
    """The scenario as far as it can be read, where that is far enough to look at the files that it names."""


class TraceError(InputError):
    """A trace that cannot be read: file, row and column of every fault."""


class UsageError(InputError):
    """A command that was called with values that do not go together."""


class MeasureError(UsageError):
    """A number that no run of a sweep has; which there are is known only once one was played."""

    after = "what was played is kept and not played again"


class InvariantError(GigacampusError):
    """A conservation rule that did not hold: rule, time, object, numbers. Always our bug, never the user's."""


class ResultsError(InputError):
    """A run folder or a report that cannot be read: which file, what was expected, what was found."""

    def __init__(self, fault: Fault | str) -> None:
        usual = "name another, or write it again"
        super().__init__(fault if isinstance(fault, Fault) else Fault("R020", fault, fix=usual))
