"""`gigacampus explain WHAT`: a key, a table or column, an error code, a policy, a fact, a chip, a unit."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

import click

from gigacampus.cli.options import takes_format
from gigacampus.cli.policies import PLACEMENTS, POLICIES


def _code(what: str) -> str:
    from gigacampus.scenario.codes import CODES

    return f"{what.upper()}: {CODES[what.upper()]}" if what.upper() in CODES else ""


def _key(what: str) -> str:
    from gigacampus.scenario import walk
    from gigacampus.scenario.model import Scenario

    spot = walk.at(Scenario, tuple(what.split(".")))
    if spot is None:
        return ""
    return f"scenario key {what}\n" + "\n".join(f"  {line}" for line in _told(spot))


def _told(spot: Any) -> Iterable[str]:
    from gigacampus.scenario import walk
    from gigacampus.scenario.schema import bounds

    if spot.field is not None and spot.field.description:
        yield from (line.strip() for line in spot.field.description.splitlines())
    model = walk.model_of(spot)
    if model is not None:
        yield from (line.strip() for line in (model.__doc__ or "").splitlines() if line.strip())
    for one in walk.alternatives(spot):
        if one.unit and one.unit != "date":
            yield f"canonical unit: {one.unit}. {bounds(one.schema)}"
        elif one.unit:
            yield f"a date, such as {one.schema['x-example']}; a range or a sourced value may stand too"
        if one.choices:
            yield f"one of: {', '.join(one.choices)}"
    if spot.field is not None and not spot.field.is_required():
        yield f"default: {_default(spot.field)}"
    elif spot.field is not None:
        yield "must be stated"
    if model is not None:
        yield "keys:"
        for name, field in model.model_fields.items():
            yield f"  {field.alias or name}: {(field.description or '').splitlines()[0]}"


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    origin = getattr(value, "origin", None)
    text = getattr(value, "text", None) or ("left out" if value in (None, "", [], {}) else str(value))
    if isinstance(value, dict) and "value" in value:
        bare = value["value"]
        said = f"{bare['p10']} to {bare['p90']}" if isinstance(bare, dict) else bare
        return f"{said} ({value.get('status')}; {value.get('source', 'no source')})"
    return f"{text} ({origin.status}; {origin.source})" if origin is not None and origin.source else text


def _table(what: str) -> str:
    from gigacampus.tables.registry import specs

    spec = specs().get(what)
    if spec is None:
        return ""
    told = [f"table {spec.name}: {spec.sentence}"]
    return "\n".join(
        [*told, *(f"  {c.name} ({c.dtype}{', ' + c.unit if c.unit else ''}): {c.sentence}" for c in spec.columns)]
    )


def _column(what: str) -> str:
    from gigacampus.tables.registry import specs

    table, _, name = what.rpartition(".")
    told = [
        f"column {spec.name}.{c.name} ({c.dtype}{', ' + c.unit if c.unit else ''}): {c.sentence}"
        for spec in specs().values()
        for c in spec.columns
        if c.name == name and table in ("", spec.name)
    ]
    return "\n".join(told)


def _measure(what: str) -> str:
    from gigacampus.tables.measures import MEASURES

    found = [name for name in MEASURES if what in (name, name.rpartition(".")[2])]
    return "\n".join(f"figure {name} of a run's summary: {MEASURES[name]}" for name in found)


def _policy(what: str) -> str:
    if what in POLICIES:
        return f"queue policy {what}: {POLICIES[what]}"
    return f"placement {what}: {PLACEMENTS[what]}" if what in PLACEMENTS else ""


def _fact(what: str) -> str:
    from gigacampus import catalog

    fact = catalog.facts().get(what)
    if fact is None:
        return ""
    told = [f"fact {what}: {fact.value} {fact.unit}".rstrip(), f"  date: {fact.date}", f"  status: {fact.status}"]
    told += [f"  source: {fact.source}"] + ([f"  note: {fact.note}"] if fact.note else [])
    return "\n".join(told)


def _facts_about(what: str) -> str:
    """The facts whose key has this word: what is known of a party, a licence, a phase."""
    from gigacampus import catalog

    word = what.lower()
    found = [(key, fact) for key, fact in catalog.facts().items() if word in re.split(r"[._-]", key.lower())]
    if not found:
        return ""
    told = [f"  {key}: {fact.value} {fact.unit} ({fact.status}, {fact.date})" for key, fact in found]
    return "\n".join([f"facts about {what}: {len(found)}; `gigacampus explain KEY` names the source", *told])


def _rule(what: str) -> str:
    from gigacampus import catalog

    rule = catalog.rules().get(what)
    if rule is None:
        return ""
    told = [f"rule {what}: {rule.value} {rule.unit}".rstrip(), f"  date: {rule.date}", f"  status: {rule.status}"]
    return "\n".join([*told, f"  source: {rule.source}"] + ([f"  note: {rule.note}"] if rule.note else []))


def _chip(what: str) -> str:
    from gigacampus import catalog

    chip = catalog.chips().get(what)
    if chip is None:
        return ""
    told = [f"chip {what}: {chip.vendor}, {chip.year}, {chip.status}"]
    for one in chip.figures:
        told.append(f"  {one.key}: {one.value:g} {one.unit}".rstrip() + (f" ({one.basis})" if one.basis else ""))
        told.append(f"      {one.source} [{one.evidence}]")
    return "\n".join(told + ([f"  note: {chip.note}"] if chip.note else []))


def _variant(what: str) -> str:
    from gigacampus.scenario import extend, load

    told = []
    for name, path in extend.built_in().items():
        stated = extend.read(path).root.child("variants")
        if stated is not None and stated.child(what) is not None:
            variant = load(path).variants[what]
            told += [f"variant {what} of {name}: {variant.title}", f"  status: {variant.status}"]
            told += [f"  source: {variant.source}"] if variant.source else []
            told += [f"  {one.said}" for one in variant.operations]
    return "\n".join(told)


def _unit(what: str) -> str:
    from gigacampus import units

    if what not in units.UNITS:
        return ""
    one = units.UNITS[what]
    base = " ".join(name if power == 1 else f"{name}^{power}" for name, power in one.dimension) or "a plain number"
    return f"unit {what}: {one.factor:g} {base}"


FINDERS: tuple[Callable[[str], str], ...] = (
    _code, _key, _table, _column, _measure, _policy, _fact, _rule, _chip, _unit,
)  # fmt: skip


@click.command("explain")
@click.argument("words", metavar="WHAT | job RUN ID", nargs=-1, required=True)
@takes_format
def command(words: tuple[str, ...]) -> None:
    """Explain a scenario key, a table or column, a summary's figure, an error code, a policy, a fact, a chip, a unit.

    Such as: campus.install_rate · buildout_months · jobs.wait_s · pue_mean · S104 · easy · G42 · GB300 · MW

    Or why a job of a run waited: job runs/one-hall 17
    """
    if words[0] == "job" and len(words) == 3:
        from gigacampus.cli.job import why

        click.echo(why(words[1], words[2]))
        return
    what = " ".join(words)
    found = [text for text in (finder(what.strip()) for finder in FINDERS) if text]
    found = found or [text for text in (_variant(what.strip()), _facts_about(what.strip())) if text]
    if found:
        click.echo("\n\n".join(found))
        return
    from gigacampus.errors import Fault, UsageError

    known = list(dict.fromkeys(_known()))
    within = [one for one in known if what.lower() in one.lower()] if len(what) > 2 else []
    near = list(dict.fromkeys([*within[:4], *difflib.get_close_matches(what, known, 4, 0.5)]))[:6]
    fix = "did you mean " + " or ".join(f'"{one}"' for one in near) + "?" if near else "see `gigacampus list`"
    raise UsageError(Fault("U004", f'nothing is called "{what[:100]}"', fix=fix))


def _known() -> Iterable[str]:
    from gigacampus import catalog, units
    from gigacampus.scenario import walk
    from gigacampus.scenario.codes import CODES
    from gigacampus.scenario.model import Scenario
    from gigacampus.tables.measures import MEASURES
    from gigacampus.tables.registry import specs

    yield from CODES
    yield from (".".join(path) for path, _ in walk.every(Scenario))
    for spec in specs().values():
        yield spec.name
        yield from (column.name for column in spec.columns)
        yield from (f"{spec.name}.{column.name}" for column in spec.columns)
    yield from MEASURES
    yield from (*POLICIES, *PLACEMENTS, *catalog.facts(), *catalog.rules(), *catalog.chips(), *units.UNITS)
