"""`load`: one scenario by name or path, with variants and settings worked in, or all its faults at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from gigacampus.errors import Fault, ScenarioError
from gigacampus.scenario import crossrefs, diagnose, extend
from gigacampus.scenario.apply import apply, put
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.nodes import Mark, Source, made
from gigacampus.scenario.partly import partly
from gigacampus.scenario.read import nodes_of
from gigacampus.scenario.targets import OperationError
from gigacampus.scenario.variant import Variant

OF_THE_WHOLE = {"S101", "S111", "S201", "S203"}
"""Faults that hinge on what a scenario extends: keys, rules, variants and paths that are not met in what is there."""
UNREAD = {"S005", "S012", "S013", "S018"}
"""Faults of a text that cannot be read as it stands; it is not told again for what it then means."""
_VARIANT: TypeAdapter[Variant] = TypeAdapter(Variant)
Step = Callable[[Source, str], list[Fault]]


def load(
    name_or_path: str | Path,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    seed: int | None = None,
) -> Scenario:
    """Read a built-in scenario or a YAML file; work in `variants`, then `path=value` overrides, then the seed.

    Raises ScenarioError with every fault found, each with its file, line and column.
    """
    return from_source(extend.tree(name_or_path), variants, overrides, seed)


def from_source(
    source: Source, variants: Sequence[str] = (), overrides: Sequence[str] = (), seed: int | None = None
) -> Scenario:
    """The same from a tree that was read before, which stays as it is."""
    return validated(*_worked(source, variants, overrides, seed))


def worked(
    source: Source, variants: Sequence[str] = (), overrides: Sequence[str] = (), seed: int | None = None
) -> Source:
    """The tree with variants, `path=value` overrides and a seed, unchecked but for the paths that they name."""
    found, faults = _worked(source, variants, overrides, seed)
    if faults:
        raise ScenarioError(faults)
    return found


def validated(source: Source, before: Sequence[Fault] = ()) -> Scenario:
    """The scenario that a tree says, checked in whole; ScenarioError with all its faults and those found `before`."""
    shape = list(before)
    plain = source.root.plain()
    try:
        scenario = Scenario.model_validate(plain)
    except ValidationError as error:
        scenario, broken = partly(plain)
        shape += diagnose.faults(error, source, Scenario)
        shape += [fault for path, told in broken for fault in diagnose.of_rules(told, path, source)]
    scenario._source = source
    # what stands there is wrong whatever it extends; what is missing there may stand in what could not be read
    faults = [*source.faults, *(one for one in shape if source.is_whole or one.code not in OF_THE_WHOLE)]
    if source.is_whole:
        found = crossrefs.check(scenario)
        faults += [source.fault(one.code, one.message, one.path, one.fix) for one in found]
    if faults:
        refused = ScenarioError(diagnose.in_order(list(_first_of_each_place(faults)), source))
        refused.partly = scenario if source.is_whole else None
        raise refused
    return scenario


def _first_of_each_place(faults: list[Fault]) -> Iterator[Fault]:
    unread = {(one.file, one.line, one.column): one.code for one in faults if one.code in UNREAD}
    for one in faults:
        if unread.get((one.file, one.line, one.column), one.code) == one.code:
            yield one


def _worked(
    source: Source, variants: Sequence[str], overrides: Sequence[str], seed: int | None
) -> tuple[Source, list[Fault]]:
    """The tree with what can be worked in, each variant and override in whole or not at all; the faults of others."""
    steps = [*((_vary, one) for one in variants), *((_override, one) for one in overrides)]
    worked_in, faults, done = source.copy(), list[Fault](), list[tuple[Step, str]]()
    for step, name in steps:
        if found := step(worked_in, name):
            faults += found
            worked_in = source.copy()
            for again, earlier in done:
                again(worked_in, earlier)
        else:
            done.append((step, name))
    if seed is not None:
        worked_in.root.value["seed"] = made(seed, Mark(f"--seed {seed}"))
    return worked_in, faults


def _vary(source: Source, name: str) -> list[Fault]:
    """Apply a variant, which `applied` then records; what of it cannot be done."""
    stated = source.root.child("variants")
    if stated is not None and stated.value and not isinstance(stated.value, dict):
        return []  # that they are no map is told where they are read
    known = dict(stated.children()) if stated is not None else {}
    if name not in known:
        fix = diagnose.suggest(name, known) or "the scenario has no variants"
        return [Fault("S201", f'the scenario has no variant "{name}"', f"--variant {name}", fix=fix)]
    done = source.root.child("applied")
    before = done.plain() if done is not None else []
    if isinstance(before, list) and name in before:
        fix = "leave it out, or start from the scenario as it was before"
        return [source.fault("S207", f'the variant "{name}" has been applied already', "applied", fix)]
    try:
        variant = _VARIANT.validate_python(known[name].plain())
    except ValidationError as error:
        return diagnose.faults(error, source, Scenario, ("variants", name))
    faults: list[Fault] = []
    lost: list[str] = []
    for position, operation in enumerate(variant.operations):
        path = ("variants", name, "operations", position)
        if any(_hangs_on(one, other) for one in operation.paths for other in lost):
            continue
        try:
            apply(source, operation, path)
        except OperationError as refused:
            lost += operation.paths
            faults.append(source.fault(refused.code, str(refused), (*path, refused.key), refused.fix))
    if isinstance(before, list):
        source.root.value["applied"] = made([*before, name], Mark(f"--variant {name}"))
    return faults


def _hangs_on(path: str, lost: str) -> bool:
    """Whether a path may lead to what an operation that could not be done would have made."""
    first, other = path.split("."), lost.split(".")
    return all(a == b or "*" in {a, b} for a, b in zip(first, other, strict=False))


def _override(source: Source, text: str) -> list[Fault]:
    """Work in one `path=value` of the command line, whose value is YAML; what of it cannot be done."""
    name = f"--set {text}"
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        fix = "write --set path=value, such as --set campus.install_rate='20 racks/day'"
        return [Fault("S206", f"{text!r} is not of the form path=value", name, fix=fix)]
    try:
        node = nodes_of(value, name) if value.strip() else made(None, Mark(name))
    except ScenarioError as error:
        return [
            Fault("S206", f"the value is not well-formed YAML: {one.message}", name, fix=one.fix)
            for one in error.faults
        ]
    try:
        put(source, path.strip(), made(node.plain(), Mark(name)))
    except OperationError as refused:
        return [Fault(refused.code, str(refused), name, path=path.strip(), fix=refused.fix)]
    return []
