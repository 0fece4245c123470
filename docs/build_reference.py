"""Write docs/reference/*.md from the schema, the tables, the codes, the commands and the units.

Run it after a change to any of them: `python docs/build_reference.py`; a test fails until it is done.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from gigacampus import units
from gigacampus.cli import GROUPS, gigacampus
from gigacampus.cli.policies import PLACEMENTS, POLICIES
from gigacampus.scenario import walk
from gigacampus.scenario.codes import CODES
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.schema import bounds
from gigacampus.tables.registry import specs

HERE = Path(__file__).parent / "reference"
NOTE = "<!-- written by docs/build_reference.py from the code; do not edit -->\n\n"


def cell(text: object) -> str:
    """Text that fits into one cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell(one) for one in row) + " |" for row in lines) + "\n"


def scenario() -> str:
    """Every key of a scenario, section by section."""
    seen: dict[type[BaseModel], str] = {Scenario: ""}
    for path, spot in walk.every(Scenario):
        model = walk.model_of(_entry(spot))
        if model is not None:
            seen.setdefault(model, ".".join(path) + ("" if walk.model_of(spot) else ".*"))
    parts = ["# Scenario\n\nEvery key that may stand in a scenario. How amounts, ranges, sources and variants are "
             "written: [scenario.md](../scenario.md). `*` stands for a name or a position.\n"]  # fmt: skip
    for model, path in seen.items():
        parts.append(f"\n## {path or 'At the top'}\n\n{cell(model.__doc__ or '')}\n")
        parts.append(
            table(("key", "what", "written as", "default"), [_key(*one) for one in model.model_fields.items()])
        )
    return "\n".join(parts)


def _entry(spot: walk.Spot) -> walk.Spot:
    """The type of a map's or list's entries, or the type itself."""
    return walk.step(spot, "*") or spot if walk.model_of(spot) is None else spot


def _key(name: str, field: Any) -> tuple[object, ...]:
    spot = walk.Spot(field.annotation, tuple(field.metadata), field)
    shapes = []
    for one in walk.alternatives(spot):
        if one.unit == "date":
            shapes.append(f"date, e.g. {one.schema['x-example']}")
        elif one.unit:
            shapes.append(f"amount in {one.unit}. {bounds(one.schema)}")
        elif one.choices:
            shapes.append(", ".join(f"`{choice}`" for choice in one.choices))
        else:
            shapes.append(_word(one.type))
    default = "required" if field.is_required() else _default(field)
    return f"`{field.alias or name}`", field.description or "", "; or ".join(shapes), default


def _word(kind: Any) -> str:
    words = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if kind in words:
        return words[kind]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "section"
    return {dict: "map", list: "list"}.get(getattr(kind, "__origin__", None), "any value")


def _default(field: Any) -> str:
    from gigacampus.cli.explain_ import _default as told

    return str(told(field))


def tables() -> str:
    """Every table and column."""
    parts = ["# Tables\n\nEvery column of every table in a run folder (`tables/NAME.parquet`) and of trace readers.\n"]
    for spec in specs().values():
        parts.append(f"\n## {spec.name}\n\n{spec.sentence}\n")
        rows: list[tuple[object, ...]] = [(f"`{c.name}`", c.dtype, c.unit, c.sentence) for c in spec.columns]
        parts.append(table(("column", "type", "unit", "what"), rows))
    return "\n".join(parts)


def codes() -> str:
    """Every code of a fault, and the exit codes."""
    exits = [
        (0, "ok"), (1, "the run failed"), (2, "usage, or an input that cannot be used"),
        (3, "a --fail-if condition held"), (4, "compare --fail-on-change found a change"), (130, "interrupted"),
    ]  # fmt: skip
    rows: list[tuple[object, ...]] = [(code, text) for code, text in sorted(CODES.items())]
    return (
        "# Errors\n\n`gigacampus explain CODE` prints the same. `--format json` gives faults as a list on stdout.\n\n"
        f"{table(('code', 'what is wrong'), rows)}\n## Exit codes\n\n{table(('code', 'meaning'), list(exits))}"
    )


def commands() -> str:
    """Every command with its options."""
    parts = ["# Commands\n"]
    top = click.Context(gigacampus, info_name="gigacampus", **gigacampus.context_settings, terminal_width=110)
    for title, group in GROUPS.items():
        parts.append(f"\n## {title}\n")
        for name in group:
            try:
                command = gigacampus.get_command(top, name)
            except ModuleNotFoundError:
                continue
            assert command is not None
            # a command that was called without its group before keeps the help option of that call
            command._help_option = None
            context = click.Context(command, info_name=name, parent=top, terminal_width=110)
            parts.append(f"### {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def other() -> str:
    """Units and queue policies."""
    rows: list[tuple[object, ...]] = []
    for name, one in units.UNITS.items():
        base = " ".join(base if power == 1 else f"{base}^{power}" for base, power in one.dimension) or "a plain number"
        rows.append((f"`{name}`", f"{one.factor:g}", base))
    policies: list[tuple[object, ...]] = [(f"`{name}`", text) for name, text in POLICIES.items()]
    placements: list[tuple[object, ...]] = [(f"`{name}`", text) for name, text in PLACEMENTS.items()]
    return (
        "# Units and policies\n\nUnits multiply and divide: `USc/kWh`, `racks/day`, `USD/W/year`. Before a unit may "
        "stand `k`, `M`, `bn`, `million`, …\n\n"
        f"{table(('unit', 'size', 'in'), rows)}\n## Queue policies\n\n{table(('policy', 'what it does'), policies)}\n"
        f"## Placements\n\n{table(('placement', 'what it does'), placements)}"
    )


PAGES = {"scenario": scenario, "tables": tables, "errors": codes, "commands": commands, "units": other}


def build() -> dict[Path, str]:
    """Each page's path and text."""
    return {HERE / f"{name}.md": NOTE + page().rstrip() + "\n" for name, page in PAGES.items()}


def main() -> None:
    """Write the pages."""
    HERE.mkdir(exist_ok=True)
    for path, text in build().items():
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path.relative_to(HERE.parent.parent)}", err=True)


if __name__ == "__main__":
    main()
