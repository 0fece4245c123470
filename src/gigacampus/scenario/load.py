"""`load`: one scenario by name or path, with variants and settings worked in, or all its faults at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gigacampus.errors import Fault, ScenarioError
from gigacampus.scenario import crossrefs, diagnose, extend
from gigacampus.scenario.apply import apply, put
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.nodes import Mark, Source, made
from gigacampus.scenario.read import nodes_of
from gigacampus.scenario.targets import OperationError
from gigacampus.scenario.variant import Variant

_VARIANTS: TypeAdapter[dict[str, Variant]] = TypeAdapter(dict[str, Variant])


def load(
    name_or_path: str | Path,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    seed: int | None = None,
) -> Scenario:
    """Read a built-in scenario or a YAML file; work in `variants`, then `path=value` overrides, then the seed.

    Raises ScenarioError with every fault found, each with its file, line and column.
    """
    return from_source(extend.read(name_or_path), variants, overrides, seed)


def from_source(
    source: Source, variants: Sequence[str] = (), overrides: Sequence[str] = (), seed: int | None = None
) -> Scenario:
    """The same from a tree that was read before; the tree itself is changed."""
    worked(source, variants, overrides, seed)
    return validated(source)


def worked(
    source: Source, variants: Sequence[str] = (), overrides: Sequence[str] = (), seed: int | None = None
) -> None:
    """Work variants, `path=value` overrides and a seed into a tree, unchecked but for the paths that they name."""
    _work_in(source, variants)
    for override in overrides:
        _override(source, override)
    if seed is not None:
        source.root.value["seed"] = made(seed, Mark(f"--seed {seed}"))


def validated(source: Source) -> Scenario:
    """The scenario that a tree says, checked in whole; ScenarioError with all its faults."""
    try:
        scenario = Scenario.model_validate(source.root.plain())
    except ValidationError as error:
        raise ScenarioError(diagnose.faults(error, source, Scenario)) from None
    scenario._source = source
    found = crossrefs.check(scenario)
    if found:
        faults = [source.fault(one.code, one.message, one.path, one.fix) for one in found]
        raise ScenarioError(diagnose.in_order(faults, source))
    return scenario


def _work_in(source: Source, names: Sequence[str]) -> None:
    """Apply the named variants in order; what each does is recorded in `applied`."""
    if not names:
        return
    known = _variants(source)
    for name in names:
        if name not in known:
            fix = diagnose.suggest(name, known) or "the scenario has no variants"
            raise ScenarioError(Fault("S201", f'the scenario has no variant "{name}"', f"--variant {name}", fix=fix))
        done = source.root.child("applied")
        if done is not None and name in (done.plain() or []):
            fix = "leave it out, or start from the scenario as it was before"
            raise ScenarioError(source.fault("S207", f'the variant "{name}" has been applied already', "applied", fix))
        for position, operation in enumerate(known[name].operations):
            path = ("variants", name, "operations", position)
            try:
                apply(source, operation, path)
            except OperationError as refused:
                raise ScenarioError(
                    source.fault(refused.code, str(refused), (*path, refused.key), refused.fix)
                ) from None
        mark = Mark(f"--variant {name}")
        before: list[Any] = done.plain() if done is not None else []
        source.root.value["applied"] = made([*before, name], mark)


def _variants(source: Source) -> dict[str, Variant]:
    stated = source.root.child("variants")
    try:
        return _VARIANTS.validate_python(stated.plain() if stated and stated.value else {})
    except ValidationError as error:
        raise ScenarioError(diagnose.faults(error, source, Scenario, ("variants",))) from None


def _override(source: Source, text: str) -> None:
    """Work in one `path=value` of the command line; the value is YAML."""
    name = f"--set {text}"
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        fix = "write --set path=value, such as --set campus.install_rate='20 racks/day'"
        raise ScenarioError(Fault("S206", f"{text!r} is not of the form path=value", name, fix=fix))
    try:
        node = nodes_of(value, name) if value.strip() else made(None, Mark(name))
    except ScenarioError as error:
        fault = error.faults[0]
        raise ScenarioError(
            Fault("S206", f"the value is not well-formed YAML: {fault.message}", name, fix=fault.fix)
        ) from None
    try:
        put(source, path.strip(), made(node.plain(), Mark(name)))
    except OperationError as refused:
        raise ScenarioError(Fault(refused.code, str(refused), name, path=path.strip(), fix=refused.fix)) from None
