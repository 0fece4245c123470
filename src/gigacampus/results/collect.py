"""Gather what the rooms handed on into one `Results`: tables, summary, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from gigacampus.results.summary import headline, plain
from gigacampus.tables import Table
from gigacampus.tables.books import Books
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.flows import Flows
from gigacampus.tables.log import Log
from gigacampus.tables.premise import Premise
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Work

Bundle = Supply | Timeline | Work | Conditions | Log | Flows | Books


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found. It needs nothing of the scenario's code to be read, drawn or compared."""

    scenario: str
    """The resolved scenario as YAML."""
    tables: dict[str, Table] = field(repr=False)
    """Every table by its name, the inputs and the variants among them."""
    summary: dict[str, Any]
    """Headline numbers by flat name, and each room's own summary under the room's name; plain JSON values."""
    meta: dict[str, Any]
    """Title, dates, seed, notes: what is no number and no row; plain JSON values."""
    stored: dict[str, Any] = field(default_factory=dict)
    """The manifest: of the folder it was read from, or as `seal` made it; empty for a fresh run."""
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    """The files that the scenario names, by the name it gives them."""

    def __contains__(self, name: object) -> bool:
        """Whether there is a table of that name with at least one row."""
        return name in self.tables and len(self.tables[str(name)]) > 0

    def _repr_html_(self) -> str:
        """For notebooks: the headline numbers and what tables there are."""
        from gigacampus.results.summary import as_html

        return as_html(str(self.meta.get("title", "")), self.summary, self.tables)


def collect(
    premise: Premise,
    supply: Supply | None = None,
    timeline: Timeline | None = None,
    work: Work | None = None,
    outside: Conditions | None = None,
    log: Log | None = None,
    flows: Flows | None = None,
    books: Books | None = None,
    *,
    extra: Mapping[str, Table] | None = None,
    summary: Mapping[str, Any] | None = None,
) -> Results:
    """Put together what the rooms made; a walk without jobs leaves their bundles out.

    `extra` are further tables by name (samples, say), `summary` further keys of the summary (`movers`, say).
    """
    bundles: dict[str, Bundle | None] = {
        "deal": supply, "buildout": timeline, "workload": work, "conditions": outside, "engine": log,
        "facility": flows, "accounts": books,
    }  # fmt: skip
    tables = {"inputs": premise.inputs, "variants": premise.variants}
    for bundle in bundles.values():
        tables |= {table.spec.name: table for table in _tables(bundle)}
    for name, table in (extra or {}).items():
        if name in tables:
            raise ValueError(f"there is a table {name} already")
        tables[name] = table
    rooms = {room: dict(getattr(bundle, "summary", {})) for room, bundle in bundles.items() if bundle is not None}
    found: dict[str, Any] = headline(tables, premise.clock)
    found |= {room: made for room, made in rooms.items() if made}
    found |= dict(summary or {})
    said = [*found.get("statements", []), *(one for made in rooms.values() for one in made.get("statements", []))]
    if said:
        found["statements"] = said
    return Results(premise.text, tables, plain(found), plain(_meta(premise, bundles)), files=dict(premise.files))


def _tables(bundle: Bundle | None) -> list[Table]:
    if bundle is None:
        return []
    values = [getattr(bundle, one.name) for one in fields(bundle)]
    return [value for value in values if isinstance(value, Table)]


def _unplaced(log: Any) -> list[str]:
    """A warning where jobs can never start, which a mean wait would hide."""
    number = int((log.jobs["outcome"] == "unplaced").sum()) if log else 0
    if not number:
        return []
    told = "1 job asks" if number == 1 else f"{number:,} jobs ask"
    return [f"{told} for more chips than the tenant ever has and never start{'s' if number == 1 else ''}"]


def _meta(premise: Premise, bundles: Mapping[str, Any]) -> dict[str, Any]:
    clock = premise.clock
    variants = premise.variants
    active = [str(name) for name, on in zip(variants["variant"], variants["is_active"], strict=True) if on]
    supply, timeline, outside = bundles["deal"], bundles["buildout"], bundles["conditions"]
    return {
        "title": premise.title,
        "description": premise.description,
        "campus": premise.campus,
        "start": clock.start.isoformat(),
        "end": clock.end.isoformat(),
        "known_as_of": clock.known_as_of.isoformat(),
        "utc_offset_h": premise.utc_offset_h,
        "seed": premise.seed,
        "active_variants": active,
        "has_jobs": bundles["engine"] is not None,
        "warnings": [
            *(supply.warnings if supply else ()),
            *(outside.repairs if outside else ()),
            *_unplaced(bundles["engine"]),
        ],
        "carbon_boundary": outside.carbon_boundary if outside else "",
        "chip_it_w": dict(timeline.chip_it_w) if timeline else {},
        "parties": [list(one) for one in premise.parties],
        "ownership": [list(one) for one in premise.ownership],
        "notes": {
            room: list(bundle.notes)
            for room, bundle in bundles.items()
            if bundle is not None and hasattr(bundle, "notes")
        },
    }
