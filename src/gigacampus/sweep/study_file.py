"""A study as a YAML file: its keys, and where in the file each part of it stands, so that faults point there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_type_hints

from pydantic import Field, ValidationError, create_model

from gigacampus.errors import Fault, ScenarioError
from gigacampus.files import is_file
from gigacampus.replay import Asked
from gigacampus.scenario import diagnose
from gigacampus.scenario.base import Section
from gigacampus.scenario.nodes import Source
from gigacampus.scenario.read import read, text_of
from gigacampus.sweep.design import Method
from gigacampus.sweep.study import Study

Value = str | bool | int | float | None
Values = Value | list[str | bool | int | float]


class Keys(Section):
    """What a study file may say; for replays also the options of `gigacampus replay`."""

    scenario: str = ""
    """A built-in name or a file, relative to the study's folder."""
    trace: str = ""
    """A log of jobs, for studies of replays; relative to the study's folder."""
    kind: Literal["run", "plan", "replay"] | None = None
    """What is run; `replay` where a trace is named, else `run`."""
    vary: dict[str, Values] | list[str] = Field(default_factory=dict)
    """Values by path: a list, `lo..hi`, `lo..hi:n`, or nothing for the range that the scenario states."""
    variants: list[str] = Field(default_factory=list)
    """One case each; `a+b` joins two, `base` is none."""
    set: dict[str, Value] = Field(default_factory=dict)
    """Keys set in every run."""
    method: Method = "lhs"
    """How spans are sampled."""
    samples: int = Field(default=0, ge=0)
    """Rows of the sample of all `lo..hi`."""
    seeds: int = Field(default=1, ge=1)
    """Seeds of every point, the same for all points."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    """The first seed; the scenario's where left out."""
    find: str = ""
    """`path=lo..hi`: the smallest value at which `until` holds."""
    until: str = ""
    """With `find`: a condition such as `wait_p95_s<3600`."""
    measures: list[str] = Field(default_factory=list)
    """What the report shows."""
    tables: bool = True
    """Whether the runs' tables are kept beside their numbers."""
    out: str = ""
    """The folder; relative to where the command is given."""
    workers: int | None = Field(default=None, ge=1)
    """Local workers."""
    cluster: str = ""
    """`tcp://HOST:PORT` of a Dask scheduler, or `local`."""


_OPTIONS = {name: (kind | None, None) for name, kind in get_type_hints(Asked).items() if name not in Keys.model_fields}
_FILE: type[Keys] = create_model("_FILE", __base__=Keys, **_OPTIONS)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Where:
    """What a study file says beside the study itself: where it is played, what is looked for and shown."""

    out: str = ""
    workers: int | None = None
    cluster: str = ""
    find: str = ""
    until: str = ""
    measures: tuple[str, ...] = ()


def read_study(path: Path) -> tuple[Study, Where]:
    """A study from a YAML file, and its settings of where and how; its `faults` are told when it is planned.

    ScenarioError where there is nothing to plan.
    """
    name = str(path)
    text = text_of(path)
    root, faults = read(text, name)
    source = Source(root, {name: text.lstrip("\ufeff").splitlines()})
    if not isinstance(source.root.value, dict):
        raise ScenarioError(source.fault("Y001", "a study is a map of keys", (), "begin with `scenario: NAME`"))
    told = {key: value for key, value in source.root.plain().items() if value is not None}
    try:
        keys = _FILE.model_validate(told)
    except ValidationError as error:
        faults += diagnose.faults(error, source, _FILE)
        keys = _FILE.model_validate(_without(told, diagnose.places(error, source, _FILE)))
    if bool(told.get("find")) != bool(told.get("until")):
        key = "find" if told.get("find") else "until"
        faults.append(source.fault("Y006", "find and until go together", key, 'until: "pue_mean<1.2"'))
    if faults and not (keys.scenario or keys.trace):
        raise ScenarioError(faults)  # there is nothing else to look at
    study = replace(_study(keys, path, source), faults=tuple(faults))
    where = Where(keys.out, keys.workers, keys.cluster, keys.find, keys.until, tuple(keys.measures))
    return study, where


def _without(told: dict[str, Any], places: Iterable[tuple[str | int, ...]]) -> dict[str, Any]:
    """What a study says without the keys, or the entries of a map, in which these places lie."""
    faulty = {place[: 2 if isinstance(told.get(str(place[0])), dict) else 1] for place in places}
    kept = {key: value for key, value in told.items() if (key,) not in faulty}
    return {
        key: {name: one for name, one in value.items() if (key, name) not in faulty}
        if isinstance(value, dict)
        else value
        for key, value in kept.items()
    }


def _study(keys: Keys, path: Path, source: Source) -> Study:
    replay = None
    if keys.trace:
        options = {one.name: getattr(keys, one.name) for one in fields(Asked)}
        options = {name: value for name, value in options.items() if value is not None}
        replay = Asked(**options | {"trace": _beside(keys.trace, path)})
    axes = _axes(keys)
    overrides = {f"{key}={_text(value)}": ("set", key) for key, value in keys.set.items()}
    variants = {one: ("variants", position) for position, one in enumerate(keys.variants)}
    # faults name what they are about as it would stand on the command line: here is where that stands in the file
    said: dict[str, tuple[str | int, ...]] = {
        **{f"--vary {text}": place for text, place in axes.items()},
        **{f"--set {text}": place for text, place in overrides.items()},
        **{f"--variant {one}": place for joined, place in variants.items() for one in joined.split("+")},
        **({_beside(keys.trace, path): ("trace",)} if keys.trace else {}),
        f"--samples {keys.samples}": ("samples",),
        f"--find {keys.find}": ("find",),
        f"--until {keys.until}": ("until",),
        f"--out {keys.out}": ("out",),
        f"--cluster {keys.cluster}": ("cluster",),
    }
    return Study(
        scenario=_beside(keys.scenario, path),
        kind=keys.kind or ("replay" if replay else "run"),
        vary=tuple(axes),
        variants=tuple("" if one == "base" else one for one in variants),
        overrides=tuple(overrides),
        method=keys.method,
        samples=keys.samples,
        seeds=keys.seeds,
        seed=keys.seed,
        keep_tables=keys.tables,
        replay=replay,
        places={"": Fault("", "", str(path))} | {one: source.fault("", "", place) for one, place in said.items()},
    )


def _axes(keys: Keys) -> dict[str, tuple[str | int, ...]]:
    """The axes as `--vary` takes them, and where each stands."""
    if isinstance(keys.vary, list):
        return {text: ("vary", position) for position, text in enumerate(keys.vary)}
    return {_axis(path, values): ("vary", path) for path, values in keys.vary.items()}


def _axis(path: str, values: Values) -> str:
    if values is None:
        return path
    return f"{path}={','.join(map(_text, values))}" if isinstance(values, list) else f"{path}={_text(values)}"


def _text(value: Value) -> str:
    """A value as YAML has it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _beside(name: str, path: Path) -> str:
    near = path.parent / name
    return str(near) if name and is_file(near) else name
