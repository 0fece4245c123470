"""Options that commands share, declared once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gigacampus.bounds import SEED
from gigacampus.cli.numbers import within

if TYPE_CHECKING:
    from gigacampus.scenario import Scenario

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """The scenario that a command was called with, not read yet."""

    name: str
    variants: tuple[str, ...]
    overrides: tuple[str, ...]
    seed: int | None

    def load(self) -> Scenario:
        """Read it; ScenarioError with all its faults."""
        from gigacampus.scenario import load

        return load(self.name, self.variants, self.overrides, self.seed)

    def sound(self, *, plays: bool = True) -> Scenario:
        """Read it and the files that it names, those that only jobs need left out where none are played."""
        from gigacampus.sound import sound

        return sound(self.name, self.variants, self.overrides, self.seed, plays=plays)

    def with_base(self, *, plays: bool = True) -> tuple[Scenario, Scenario | None]:
        """The same, and without its variants, to compare with; None where none is on."""
        from gigacampus.sound import with_base

        return with_base(self.name, self.variants, self.overrides, self.seed, plays=plays)

    @property
    def stem(self) -> str:
        """A name for folders: the built-in name or the file's, with the variants."""
        path = Path(self.name)
        stem = (path.absolute().parent.name or path.stem) if path.stem == "scenario" else path.stem
        return "+".join([stem, *self.variants])


class OutFile(click.Path):
    """A file to write: told before any work where something else than a file stands there, or none can be made."""

    def __init__(self, *, makes_folders: bool = False) -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self.makes_folders = makes_folders

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        from gigacampus.files import refuse

        path = Path(_named(value))
        refuse(path, makes_folders=self.makes_folders)
        return path


class OutFolder(click.Path):
    """A folder to write into: told before any work where something else stands there, or none can be made."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        from gigacampus.files import refuse_folder

        path = Path(_named(value))
        refuse_folder(path)
        return path


def _named(value: Any) -> Any:
    """The value; UsageError where it is an empty text, which would stand for the working folder."""
    if not str(value):
        from gigacampus.errors import Fault, UsageError

        raise UsageError(Fault("R004", "an empty text names no place to write to", fix="name one, or leave it out"))
    return value


def takes_scenario(command: Command) -> Command:
    """Give a command SCENARIO, --variant, --set, --seed and --format; it gets them as `asked: Asked`."""

    @click.argument("scenario")
    @click.option(
        "--variant",
        "variants",
        metavar="NAME",
        multiple=True,
        help="Turn on one of the scenario's variants; may be repeated, they apply in order.",
    )
    @click.option(
        "--set",
        "overrides",
        metavar="PATH=VALUE",
        multiple=True,
        help="Set one key, such as campus.install_rate='20 racks/day'; may be repeated.",
    )
    @click.option("--seed", type=within(SEED), help="Another seed than the scenario's.")
    @takes_format
    @functools.wraps(command)
    def wrapped(
        *args: Any, scenario: str, variants: tuple[str, ...], overrides: tuple[str, ...], seed: int | None, **rest: Any
    ) -> Any:
        return command(*args, asked=Asked(scenario, variants, overrides, seed), **rest)

    return wrapped  # fmt: skip


def takes_format(command: Command) -> Command:
    """Give a command --format, in which its faults are told (`failures.show` reads it)."""
    return click.option(
        "--format", type=click.Choice(["text", "json"]), default="text", expose_value=False,
        help="How faults of the input are told: for people on stderr, or as a JSON list on stdout.",
    )(command)  # fmt: skip


def takes_out(command: Command) -> Command:
    """Give a command that writes a run folder --out, --force, --json and --quiet."""
    for option in (
        click.option("--quiet", is_flag=True, help="No progress and no summary; errors only."),
        click.option("--json", "as_json", is_flag=True, help="The summary as JSON on stdout, all else on stderr."),
        click.option("--force", is_flag=True, help="Replace the run folder where --out exists."),
        click.option(
            "--out", type=OutFolder(), metavar="DIR",
            help="The run folder itself. Left out: runs/NAME, or the next free runs/NAME-2, -3, …",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def free_folder(stem: str, root: Path = Path("runs")) -> Path:
    """The first of runs/NAME, runs/NAME-2, … that does not exist."""
    folder, number = root / stem, 1
    while folder.exists() or folder.is_symlink():
        number += 1
        folder = root / f"{stem}-{number}"
    return folder


def said(folder: Path) -> str:
    """A path as printed: relative to the working folder where it lies in it."""
    try:
        return str(folder.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(folder)
