"""`load`: one scenario by name or path, with variants and settings worked in, or all its faults at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

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
_VARIANT: TypeAdapter[Variant] = TypeAdapter(Variant)


def _meet(paths: Iterable[str], others: Iterable[str]) -> bool:
    """Whether a path leads through one of the others, or one of them through it; `*` is any key."""
    mine, ways = ([path.split(".") for path in some if path] for some in (paths, others))
    return any(all(a == b or "*" in {a, b} for a, b in zip(x, y, strict=False)) for x in mine for y in ways)


class Lost(NamedTuple):
    """A fault of a variant or a setting that could not be worked in, and the paths that it names."""

    fault: Fault
    paths: tuple[str, ...] = ()

    def follows(self, faults: Sequence[Fault]) -> bool:
        """Whether it comes of a value that cannot be read, or of a misspelt key, which is told."""
        if self.fault.code not in {"S203", "S205"}:
            return False
        meant = [
            one.path.rpartition(".")[0] + "." + key
            for one in faults
            if one.code == "S102"
            for path in self.paths
            for key in path.split(".")
            if diagnose.nearest(one.path.rpartition(".")[2], [key])
        ]
        return _meet(self.paths, [*(one.path for one in faults), *(path.lstrip(".") for path in meant)])


Step = Callable[[Source, str], tuple[list[Lost], list[str]]]


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
    found, lost = _worked(source, variants, overrides, seed)
    if lost:
        raise ScenarioError([one.fault for one in lost])
    return found


def validated(source: Source, lost: Sequence[Lost] = ()) -> Scenario:
    """The scenario that a tree says, checked in whole; ScenarioError with all its faults and what was `lost` before."""
    shape: list[Fault] = []
    plain = source.root.plain()
    try:
        scenario = Scenario.model_validate(plain)
    except ValidationError as error:
        scenario, broken = partly(plain)
        shape += diagnose.faults(error, source, Scenario)
        shape += [fault for path, told in broken for fault in diagnose.of_rules(told, path, source)]
    scenario._source = source
    unread = [*source.faults, *shape]
    faults = [*(one.fault for one in lost if not one.follows(unread)), *unread]
    if source.is_whole:
        found = crossrefs.check(scenario)
        faults += [source.fault(one.code, one.message, one.path, one.fix) for one in found]
    else:
        # what stands there is wrong whatever it extends; what is missing there may stand in what could not be read
        faults = [one for one in faults if one.code not in OF_THE_WHOLE]
    if faults:
        told = diagnose.without_consequences(faults, source)
        refused = ScenarioError(diagnose.in_order(told, source))
        refused.partly = scenario if source.is_whole else None
        raise refused
    return scenario


def _worked(
    source: Source, variants: Sequence[str], overrides: Sequence[str], seed: int | None
) -> tuple[Source, list[Lost]]:
    """The tree with what can be worked in, each variant and override in whole or not at all; the faults of others."""
    steps: list[tuple[Step, str]] = [*((_vary, one) for one in variants), *((_override, one) for one in overrides)]
    if not steps and seed is None:
        return source, []
    worked_in, lost, done, out = source.copy(), list[Lost](), list[tuple[Step, str]](), list[str]()
    for step, name in steps:
        found, paths = step(worked_in, name)
        if not found:
            done.append((step, name))
            continue
        # what leads nowhere because an earlier one was left out is no fault of its own
        lost += [one for one in found if not (one.fault.code == "S203" and _meet(one.paths, out))]
        out += paths
        worked_in = source.copy()
        for again, earlier in done:
            again(worked_in, earlier)
    if seed is not None:
        worked_in.root.value["seed"] = made(seed, Mark(f"--seed {seed}"))
    return worked_in, lost


def _vary(source: Source, name: str) -> tuple[list[Lost], list[str]]:
    """Apply a variant, which `applied` then records; what of it cannot be done, and the paths that it names."""
    stated = source.root.child("variants")
    if stated is not None and stated.value and not isinstance(stated.value, dict):
        return [], []  # that they are no map is told where they are read
    known = dict(stated.children()) if stated is not None else {}
    if name not in known:
        fix = diagnose.suggest(name, known) or "the scenario has no variants"
        told = f'the scenario has no variant "{name}"'
        return [Lost(Fault("S201", told, f"--variant {name}", fix=fix))], []
    done = source.root.child("applied")
    before = done.plain() if done is not None else []
    if isinstance(before, list) and name in before:
        fix = "leave it out, or start from the scenario as it was before"
        return [Lost(source.fault("S207", f'the variant "{name}" has been applied already', "applied", fix))], []
    try:
        variant = _VARIANT.validate_python(known[name].plain())
    except ValidationError as error:
        return [Lost(one) for one in diagnose.faults(error, source, Scenario, ("variants", name))], []
    lost: list[Lost] = []
    for position, operation in enumerate(variant.operations):
        path = ("variants", name, "operations", position)
        if _meet(operation.paths, [one for other in lost for one in other.paths]):
            continue
        try:
            apply(source, operation, path)
        except OperationError as refused:
            above = [one.rpartition(".")[0] for one in operation.paths] if refused.key == "where" else []
            fault = source.fault(refused.code, str(refused), (*path, refused.key), refused.fix)
            lost.append(Lost(fault, (*operation.paths, *above)))
    if isinstance(before, list):
        source.root.value["applied"] = made([*before, name], Mark(f"--variant {name}"))
    return lost, [path for operation in variant.operations for path in operation.paths]


def _override(source: Source, text: str) -> tuple[list[Lost], list[str]]:
    """Work in one `path=value` of the command line, whose value is YAML; what of it cannot be done, and its path."""
    name = f"--set {text}"
    path, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not path:
        fix = "write --set path=value, such as --set campus.install_rate='20 racks/day'"
        return [Lost(Fault("S206", f"{text!r} is not of the form path=value", name, fix=fix))], []
    try:
        node = nodes_of(value, name) if value else made(None, Mark(name))
    except ScenarioError as error:
        told = "the value is not well-formed YAML"
        return [Lost(Fault("S206", f"{told}: {one.message}", name, fix=one.fix)) for one in error.faults], [path]
    try:
        put(source, path, made(node.plain(), Mark(name)))
    except OperationError as refused:
        return [Lost(Fault(refused.code, str(refused), name, path=path, fix=refused.fix), (path,))], [path]
    return [], [path]
