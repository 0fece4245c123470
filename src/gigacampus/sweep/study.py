"""A study: what is run and what varies; from the command line, a YAML file or Python."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from gigacampus.errors import Fault, Gathered, InputError, ScenarioError, UsageError
from gigacampus.replay import Asked
from gigacampus.results.stamp import code_stamp
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import digests
from gigacampus.scenario.extend import tree as read_tree
from gigacampus.scenario.identity import of_tree
from gigacampus.scenario.load import from_source, worked
from gigacampus.scenario.nodes import Source
from gigacampus.sound import looked
from gigacampus.sweep.axes import Axis, Choices, Span, read_axes
from gigacampus.sweep.design import METHODS, MOST_POINTS, Method, Point, points, size
from gigacampus.sweep.job import KINDS, Job
from gigacampus.sweep.replays import OPTIONS, asked_of, said, trace_stamp


@dataclass(frozen=True)
class Study:
    """What is asked for. `vary` are texts such as `campus.install_rate=4..20 racks/day`."""

    scenario: str = ""
    kind: str = "run"
    vary: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    method: Method = "lhs"
    samples: int = 0
    seeds: int = 1
    seed: int | None = None
    keep_tables: bool = True
    replay: Asked | None = None
    function: Callable[..., Any] | None = field(default=None, compare=False)
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    """What is wrong with the study's file; told together with all else."""
    places: Mapping[str, Fault] = field(default_factory=dict, compare=False)
    """Where a study file says what a fault names (`--vary a=1,2`); empty for one from the command line or Python."""

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Within it, faults point into the study's file where that is what they are about."""
        try:
            yield
        except InputError as error:
            if not self.places:
                raise
            own = self.places[""].file if "" in self.places else ""
            told = sorted(map(self._placed, error.faults), key=lambda one: (one.file != own, one.file, one.line))
            raise type(error)(told) from None

    def _placed(self, fault: Fault) -> Fault:
        spot = self.places.get(fault.file)
        if spot is None:
            return fault
        return replace(
            spot, code=fault.code, message=fault.message, path=fault.path or spot.path, fix=fault.fix.replace("--", "")
        )


@dataclass
class Plan:
    """A study that was read in whole: every value checked, every point known."""

    study: Study
    axes: list[Axis]
    base: bytes
    """The scenario's tree, or a replay's options, as workers get them."""
    seed: int
    total: int
    source: Source | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    stamp: str = ""

    def points(self) -> Iterator[Point]:
        """Every point, in order."""
        one = self.study
        return points(self.axes, one.variants, one.seeds, one.method, one.samples, self.seed)

    def job(self, point: Point) -> Job:
        """What is sent to a worker for a point; its key is the hash of all that its result depends on."""
        return Job(
            self._key(point), self.study.kind, self.base, tuple(point.variants),
            (*self.study.overrides, *point.overrides), self.seed + point.seed_step, self.study.keep_tables,
        )  # fmt: skip

    def _key(self, point: Point) -> str:
        seed, kept = self.seed + point.seed_step, "tables" if self.study.keep_tables else "numbers"
        told = [self.study.kind, kept, self.stamp]
        if self.source is not None:
            tree = worked(self.source, point.variants, (*self.study.overrides, *point.overrides), seed)
            told.append(of_tree(tree, self.files))
        elif self.study.replay is not None:
            told.append(said(asked_of(self.study.replay, (*self.study.overrides, *point.overrides), seed)))
        else:
            told += [hashlib.sha256(self.base).hexdigest(), *point.overrides, str(seed)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def planned(study: Study) -> Plan:
    """Read and check the whole study before anything runs; UsageError with all its faults and its scenario's."""
    gathered = Gathered()
    gathered.faults += study.faults
    with study.placing():
        with gathered:
            _sound(study)
            if study.function is not None:
                made = _of_function(study)
            elif study.replay is not None:
                made = _of_replay(study)
            else:
                made = _of_scenario(study)
        gathered.told(UsageError)
        return made


def _of_scenario(study: Study) -> Plan:
    source = read_tree(study.scenario)
    gathered = Gathered()
    try:
        first = from_source(source, (), study.overrides, study.seed)
    except ScenarioError as error:
        if error.partly is None:
            raise
        first = error.partly
        gathered.faults += error.faults
    own = set(gathered.faults)
    gathered.faults += looked(first, plays=study.kind == "run", is_sound=not own)

    def load(overrides: Sequence[str], variants: Sequence[str] = ()) -> Scenario:
        """The scenario; where it has faults of its own, what can be read of it, or what is wrong beside them."""
        try:
            return from_source(source, variants, (*study.overrides, *overrides), study.seed)
        except ScenarioError as error:
            more = [one for one in error.faults if one not in own]
            if more or error.partly is None:
                raise ScenarioError(more or error.faults) from None
            return cast(Scenario, error.partly)

    axes: list[Axis] = []
    known: list[str] = []
    total = 0
    for variant in study.variants:
        with gathered:
            load((), _joined(variant))
            known.append(variant)
    with gathered:
        axes = read_axes(study.vary, lambda overrides: _anywhere(load, overrides, known))
        if not study.faults:  # or it is not known what is to be sampled
            total = _total(study, axes)
            _sampled(study, axes)
    gathered.told(UsageError)
    return Plan(study, axes, pickle.dumps(source), first.seed, total, source, digests(first), code_stamp())


def _joined(variant: str) -> list[str]:
    """The variants of one case: `a+b` is both, the empty text none."""
    return [one for one in variant.split("+") if one]


def _anywhere(load: Callable[..., Scenario], overrides: Sequence[str], variants: Sequence[str]) -> Scenario:
    """The scenario with an override; a key that only a variant brings is looked for in the variants."""
    try:
        return load(overrides)
    except ScenarioError:
        for variant in variants:
            try:
                return load(overrides, _joined(variant))
            except ScenarioError:
                continue
        raise


def _sound(study: Study) -> None:
    faults = []
    if study.function is None and study.kind not in KINDS:
        faults.append(Fault("Y001", f'no kind of run "{study.kind}"', fix=f"one of {', '.join(KINDS)}"))
    if study.method not in METHODS:
        faults.append(Fault("Y001", f'no method "{study.method}"', fix=f"one of {', '.join(METHODS)}"))
    if study.kind == "replay" and study.replay is None:
        faults.append(Fault("Y001", "a study of replays names a trace", fix="gigacampus sweep TRACE --kind replay"))
    if study.seeds < 1 or study.samples < 0:
        faults.append(Fault("Y001", "seeds count from 1, samples from 0", fix="write --seeds 3 --samples 64"))
    if faults:
        raise UsageError(faults)


def _total(study: Study, axes: Sequence[Axis]) -> int:
    total = size(axes, len(study.variants), study.seeds, study.method, study.samples)
    if total > MOST_POINTS:
        told = f"the study has {total:,} runs; a sweep has at most {MOST_POINTS:,}"
        where = f"--samples {study.samples}" if study.samples else ""
        raise UsageError(Fault("Y003", told, where, fix="fewer values, or --samples N over lo..hi in place of a grid"))
    return total


def _sampled(study: Study, axes: Sequence[Axis]) -> None:
    """Spans need samples and samples need spans."""
    spans = [axis.path for axis in axes if not isinstance(axis, Choices)]
    if spans and not study.samples:
        told = f"{', '.join(spans[:3])}: between two ends there is no list of values"
        raise UsageError(Fault("Y002", told, fix="give --samples N, or steps as in lo..hi:5"))
    if study.samples and not spans:
        raise UsageError(Fault("Y002", "there is nothing to sample", fix="--vary PATH=lo..hi, or --vary 'deal.*'"))


def _of_replay(study: Study) -> Plan:
    assert study.replay is not None
    base, options = study.replay, study.overrides
    seed = base.seed if study.seed is None else study.seed

    def check(path: str, value: str) -> None:
        asked_of(base, (*options, f"{path}={value}"), seed)

    axes: list[Axis] = []
    faults: list[Fault] = []
    stamp, total = "", 0
    try:
        stamp = trace_stamp(base)
    except OSError as error:
        told = f"cannot read the trace: {error.strerror}"
        faults.append(Fault("T001", told, base.trace, fix="check the path, or name a bundled log"))
    try:
        asked_of(base, options, seed)
    except InputError as error:
        faults += error.faults
        options = ()
    for text in study.vary:
        try:
            axes.append(_free_axis(text, check, set(OPTIONS)))
        except InputError as error:
            faults += [replace(fault, file=f"--vary {text}") for fault in error.faults]
    if study.variants:
        faults.append(Fault("Y001", "a replay has no variants", fix="--vary policy=fcfs,easy"))
    total = 0
    if not faults and not study.faults:  # or it is not known what is to be sampled
        total = _total(study, axes)
        _sampled(study, axes)
    if faults:
        raise UsageError(faults)
    return Plan(study, axes, pickle.dumps(base), seed, total, stamp=code_stamp() + stamp)


def _of_function(study: Study) -> Plan:
    axes = [_free_axis(text, lambda path, value: None, None) for text in study.vary]
    seed = study.seed or 0
    made = Plan(study, axes, pickle.dumps(study.function), seed, _total(study, axes), stamp=code_stamp())
    _sampled(study, axes)
    return made


def _free_axis(text: str, check: Callable[[str, str], None], known: set[str] | None) -> Axis:
    """An axis of plain numbers or words, outside of a scenario."""
    path, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not values:
        raise UsageError(Fault("Y002", f"{text!r} is no axis", f"--vary {text}", fix="write --vary NAME=lo..hi"))
    ends, _, steps = values.partition(":") if ".." in values and known is None else (values, "", "")
    if ".." in values:
        ends, _, steps = values.rpartition(":") if ":" in values else (values, "", "")
        low, high = ends.split("..", 1)
        try:
            span = Span(path, float(low), float(high), is_whole=known is not None and "int" in str(_kind(path)))
        except ValueError:
            raise UsageError(Fault("Y002", f"{values} is no range of numbers", f"--vary {text}")) from None
        if not span.low < span.high:
            told = f"the range {low}..{high} of {path} is empty"
            raise UsageError(Fault("Y002", told, f"--vary {text}", fix="the lower end first"))
        for end in (span.low, span.high):
            check(path, span.text(end))
        if not steps:
            return span
        count = int(steps)
        return Choices(path, tuple(dict.fromkeys(span.text(span.value(k / max(1, count - 1))) for k in range(count))))
    texts = tuple(part.strip() for part in values.split(",") if part.strip())
    faults: list[Fault] = []
    for one in texts:
        try:
            check(path, one)
        except InputError as error:
            faults += error.faults
    if faults:
        raise UsageError(list(dict.fromkeys(faults)))
    return Choices(path, texts)


def _kind(name: str) -> Any:
    return OPTIONS[name].type if name in OPTIONS else ""
