"""No fault hides another, and none is told that is none: whatever kinds of faults meet."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from gigacampus.deal import chain
from gigacampus.errors import InputError, ScenarioError
from gigacampus.scenario import diagnose, extend, load
from gigacampus.scenario.load import validated
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.nodes import Mark, Node, Source, made
from gigacampus.scenario.unknown import UNKNOWN, UnknownError, where_known
from gigacampus.sound import sound
from tests.scenario.test_bad_input import BASE, FILES

Told = set[tuple[str, str, str]]
OTHERS = BASE + "costs: {zzz: 1}\ncampus: {operator: nobody}\nsite: {power_factor: 7}\ntitle: 3\ntitle: b\n"
"""An unknown key, an unknown party, a number out of bounds, a number for text, a key that stands twice."""
RULES = """\
extends: one-hall
tenants:
  lab:
    runs:
      small: {chips: 0 chips, announced: 2030-01-01, length: 4}
      large: {start: soon, chips: 7 chips, tokens: 5, ramp_up: {share: 200 %, length: 2 days}}
"""


def told(path: Path | Source) -> Told:
    try:
        validated(path) if isinstance(path, Source) else load(path)
    except ScenarioError as error:
        return {(one.code, one.path, one.message) for one in error.faults}
    return set()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", [kind for kind, (text, _) in FILES.items() if str(text).startswith(BASE)])
def test_a_fault_of_any_kind_is_told_beside_others(kind: str, tmp_path: Path) -> None:
    path, other = tmp_path / "scenario-under-test.yaml", tmp_path / "other.yaml"
    text = str(FILES[kind][0])
    path.write_text(text)
    other.write_text(OTHERS)
    alone, beside = told(path), told(other)
    assert len(beside) == 5
    path.write_text(text.replace(BASE, "extends: ./other.yaml\n"))
    both = told(path)
    if any(code in ("S008", "S014") for code, _, _ in alone):  # no tree can be made of the file
        assert both == alone
        return
    assert alone <= both <= alone | beside
    # what the file puts in place of what it extends is gone with its faults
    assert all(any(path.startswith(above) for _, above, _ in alone) or path == "title" for _, path, _ in beside - both)


def paths(node: Node, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = [one for key, child in node.children() for one in paths(child, (*path, key))]
    return [path, *below] if path else below


WAYS = {"junk": "?!", "list": [1], "nothing": None, "day": "2030-01-01", "share": "150 %", "gone": 0, "misspelt": 0}


def spoilt(source: Source, path: tuple[str, ...], way: str) -> Source | None:
    """A copy in which the value at a path is another one, or not there, or its key misspelt; None if it cannot be."""
    copy = source.copy()
    node: Node | None = copy.root
    for key in path[:-1]:
        node = node.child(key) if node else None
    if node is None or node.child(path[-1]) is None or (isinstance(node.value, list) and way in ("gone", "misspelt")):
        return None
    key = path[-1]
    if way == "gone":
        del node.value[key]
    elif way == "misspelt":
        node.value[key + "q"] = node.value.pop(key)
    else:
        node.value[int(key) if isinstance(node.value, list) else key] = made(WAYS[way], Mark("spoilt"))
    return copy


def of_shape(source: Source) -> Told:
    """What the schema alone tells."""
    try:
        Scenario.model_validate(source.root.plain())
    except ValidationError as error:
        found = diagnose.without_consequences(diagnose.faults(error, source, Scenario), source)
        return {(one.code, one.path, one.message) for one in found}
    return set()


@pytest.mark.parametrize("way", WAYS)
def test_a_value_that_cannot_be_read_brings_no_other_fault(way: str) -> None:
    source = extend.read("one-hall")
    tried = 0
    for path in paths(source.root)[list(WAYS).index(way) % 2 :: 2]:
        changed = spoilt(source, path, way)
        shape = of_shape(changed) if changed is not None else set()
        if changed is not None and shape:
            tried += 1
            assert told(changed) == shape, path
    assert tried > 30


STARGATE = extend.read("stargate-uae")
PLACES = [path for path in paths(STARGATE.root) if path[0] != "variants"]


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(list(WAYS))), min_size=2, max_size=4))
def test_many_faults_are_no_more_than_the_faults_of_each(spots: list[tuple[tuple[str, ...], str]]) -> None:
    both: Source | None = STARGATE
    each: Told = set()
    shape: Told = set()
    for path, way in spots:
        alone = spoilt(STARGATE, path, way)
        both = spoilt(both, path, way) if both is not None else None
        assume(alone is not None and both is not None)
        assert alone is not None
        each |= told(alone)
        shape |= of_shape(alone)
    assert both is not None
    assert of_shape(both) <= told(both)
    if shape:
        assert told(both) <= each | of_shape(both)


def test_every_rule_that_a_section_breaks_is_told_but_those_that_hinge_on_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(RULES)
    found = sorted((path.removeprefix("tenants.lab.runs."), code) for code, path, _ in told(tmp_path / "s.yaml"))
    assert found == [
        ("large.length", "S111"), ("large.ramp_up.share", "S106"), ("large.start", "S108"), ("large.tokens", "S111"),
        ("small.announced", "S111"), ("small.chips", "S111"), ("small.length", "S104"),
    ]  # fmt: skip


def test_variants_and_settings_that_cannot_be_worked_in_are_told_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        BASE + "campus: {owner: nobody}\nvariants:\n  half:\n    title: x\n    operations:\n"
        "      - {set: campus.install_rate, to: 1 racks/day}\n"
        "      - {add: tenants.lab.extra.one, value: 3}\n      - {remove: tenants.lab.extra.one}\n"
        "      - {scale: campus.name, by: 2}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load("s.yaml", ["half", "nope", "late-power"], ["campus.halls.z.power=1 MW IT", "seed=-1", "site.zzz=1"])
    assert [(one.code, one.line) for one in caught.value.faults] == [
        ("S201", 0), ("S203", 0), ("S106", 0), ("S102", 0), ("S301", 2), ("S203", 8), ("S205", 10),
    ]  # fmt: skip


def test_what_cannot_be_worked_in_changes_nothing() -> None:
    source = extend.read("one-hall")
    source.root.value["variants"].value["half"] = made(
        {"title": "x", "operations": [{"set": "campus.owner", "to": "nobody"}, {"remove": "campus.zzz"}]}, Mark("x")
    )
    with pytest.raises(ScenarioError) as caught:
        validated_with(source, "half")
    assert [one.code for one in caught.value.faults] == ["S203"]


def validated_with(source: Source, variant: str) -> Scenario:
    from gigacampus.scenario.load import from_source

    return from_source(source, [variant])


def test_what_stands_in_a_file_is_told_although_what_it_extends_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("extends: nowhere\ncampus: {install_rate: 4, zzz: 1}\nseed: -1\nseed: 2\n")
    known = {"S001", "S104", "S102", "S106", "S010"}
    assert {code for code, _, _ in told(tmp_path / "s.yaml")} == known
    with pytest.raises(ScenarioError) as caught:  # whether there is such a variant, such a hall, is not known
        load("s.yaml", ["late-power"], ["campus.halls.a.power=7", "campus.halls.b.power=8"])
    assert {one.code for one in caught.value.faults} == known


def test_the_files_that_a_scenario_names_are_looked_at_whatever_else_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("time,db_c\n1,2\n")
    (tmp_path / "e.csv").write_text("a,b\n1,2\n")
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    (tmp_path / "own.py").write_text("def f(:\n")
    (tmp_path / "s.yaml").write_text(
        BASE + "site: {weather: [nowhere, ./w.csv], events: e.csv, utc_offset_h: 99}\n"
        "deal: {actuals: e.csv}\ncommitments: {file: e.csv}\noperations: {own_policy: 'own.py:f'}\n"
        "tenants:\n  cloud: {mix: {like: '', log: log.csv}}\n"
        "  lab: {runs: {large: {chips: 7 chips, start: 2026-03-01, model: lama3, tokens: 1e12}}}\n"
    )
    with pytest.raises(InputError) as caught:
        sound("s.yaml")
    found = list(dict.fromkeys((one.code, Path(one.file).name) for one in caught.value.faults))
    assert found == [
        ("W001", "s.yaml"), ("S106", "s.yaml"), ("L001", "s.yaml"), ("L101", "e.csv"), ("T002", "e.csv"),
        ("W021", "e.csv"), ("T002", "log.csv"), ("E203", "own.py"), ("W008", "w.csv"),
    ]  # fmt: skip
    with pytest.raises(InputError) as caught:
        sound("s.yaml", plays=False)
    assert {one.code for one in caught.value.faults} == {"W001", "S106", "L101", "T002"}


FULL = """\
extends: one-hall
site: {weather: [./w.csv, dubai], events: e.csv, sources: {grid: {carbon_file: c.csv}}}
deal: {actuals: l.csv}
commitments: {file: o.csv, installed: {GB300: 10 chips}}
operations: {own_policy: "own.py:least", deadline_slack: "3"}
tenants:
  cloud: {mix: {like: "", log: j.csv, load: 50 %}}
  lab:
    runs:
      large: {chips: 512 chips, start: 2026-03-01, model: llama3-8b, tokens: 1e11, chip: GB300}
    services:
      chat: {share: 10 %, floor: 20 %, fleet: {model: llama3-8b, requests: "5"}}
"""
"""A scenario that names a file, or a model, wherever one can be named; the files are none that can be read."""


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_rooms_that_look_at_a_broken_scenario_tell_faults_and_nothing_else(way: str, tmp_path: Path) -> None:
    for name in ("w.csv", "e.csv", "c.csv", "l.csv", "o.csv", "j.csv", "own.py"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    (tmp_path / "s.yaml").write_text(FULL)
    source = extend.read("s.yaml")
    for path in paths(source.root)[list(WAYS).index(way) % 3 :: 3]:
        changed = spoilt(source, path, way)
        if changed is None:
            continue
        with (tmp_path / "spoilt.yaml").open("w") as out:
            YAML().dump(changed.root.plain(), out)
        with pytest.raises(InputError) as caught:
            sound("spoilt.yaml")
        told_at = [(one.message, one.file, one.line, one.column) for one in caught.value.faults]
        assert len(set(told_at)) == len(told_at), path
        assert all(one.fix or one.file != "spoilt.yaml" for one in caught.value.faults), path


def test_a_model_is_not_asked_about_a_run_that_breaks_its_own_rules(tmp_path: Path) -> None:
    run = "{start: 2026-03-01, chips: 0 chips, model: llama3-8b}"
    (tmp_path / "s.yaml").write_text(BASE + f"tenants: {{lab: {{runs: {{large: {run}}}}}}}\n")
    with pytest.raises(InputError) as caught:
        sound("s.yaml")
    assert [(one.code, one.path) for one in caught.value.faults] == [
        ("S111", "tenants.lab.runs.large.tokens"), ("S111", "tenants.lab.runs.large.chips"),
    ]  # fmt: skip


def test_what_could_not_be_read_is_one_of_its_kind() -> None:
    assert copy.deepcopy(UNKNOWN) is UNKNOWN
    assert pickle.loads(pickle.dumps(UNKNOWN)) is UNKNOWN


@pytest.mark.parametrize(
    "asked", ["bool(x)", "x + 1", "1 - x", "x < 2", "x == x", "f'{x}'", "[*x]", "x.days", "x[0]", "hash(x)"]
)
def test_nothing_can_be_asked_of_what_could_not_be_read(asked: str) -> None:
    with pytest.raises(UnknownError):
        eval(asked, {"x": UNKNOWN})
    with where_known:
        eval(asked, {"x": UNKNOWN})
        raise AssertionError


RUN = BASE + "tenants: {lab: {runs: {r: {start: 2026-02-01, chips: 512 chips, "
LEDGER = "deal: {actuals: led.csv, licences: {first: {"
MET = {
    # what meets: (the file, variants, settings, the codes that are told)
    "a model without tokens": (RUN + "model: llama3-70b}}}}\n", "", "", "S111"),
    "an unknown gate, and a ledger": (BASE + LEDGER + "gates: [nope]}}}\n", "", "", "S302"),
    "no share, and a ledger": (
        BASE + LEDGER + "gates: [g]}}, gates: {g: {kind: approval, requires: 'tenancy:lab>=1.2.3'}}}\n", "", "", "S302"
    ),
    "a unit without its basis, and a ledger": (BASE + LEDGER + "unit: A100e}}}\n", "", "", "S321 S322"),
    "a list for a block": (BASE + "site: {sources: {grid: {like: [a]}}}\n", "", "", "S107"),
    "a long name": (BASE + f"seed: -1\nsite: {{events: {'e' * 300}}}\n", "", "", "S106 W020"),
    "a policy that leaves": (BASE + "seed: -1\noperations: {own_policy: 'leaves.py:f'}\n", "", "", "S106 E203"),
    "a policy that takes nothing": (BASE + "seed: -1\noperations: {own_policy: 'takes.py:f'}\n", "", "", "S106 E201"),
    "a year beyond all": (BASE + "costs: {building: {value: 9 USD/W, as_of: 9999}}\n", "", "", "S402"),
    "no weather": (BASE + "seed: -1\nsite: {weather: []}\n", "", "", "S106 S111"),
    "weather of no name": (BASE + "seed: -1\nsite: {weather: ''}\n", "", "", "S106 W001"),
    "commitments of no name": (BASE + "seed: -1\ncommitments: {file: ''}\n", "", "", "S106 T001"),
    "no base, a variant": ("extends: ./nope.yaml\n", "late-power", "campus.halls.a.power=7 MW IT", "S001"),
    "no date to shift": (BASE + "campus: {halls: {a: {power_ready: sometime}}}\n", "late-power", "", "S108"),
    "no amount to scale": (BASE + "deal: {quotas: {national: {cap: lots}}}\n", "half-quota", "", "S104"),
    "no campus to shift": (BASE + "campus: 3\n", "late-power", "", "S103"),
    "an unknown block": (BASE + "site: {sources: {r: {like: abu_dhabi_rtcc, supplier: outside}}}\n", "", "", "S107"),
    "a misspelt block": (BASE + "site: {sources: {r: {lik: open_cycle, supplier: outside}}}\n", "", "", "S102"),
    "a block without basis": (
        BASE + "site: {sources: {r: {like: open_cycle, supplier: outside, price: 1 USc/kWh, limit: 1 GW}}}\n",
        "", "", "S105",
    ),
    "parts that stand twice": (
        BASE + "costs:\n  building_parts: {a: 60 %, b: 40 %}\n  building_parts: {c: 50 %, d: 50 %}\n", "", "", "S010"
    ),
    "a merge key and a key of its own": (
        BASE + "campus:\n  <<: {owner: nobody, name: a}\n  name: b\n", "", "", "S013 S301"
    ),
    "merge keys in a list": (BASE + "campus:\n  <<: [{name: a}, {name: b}]\n", "", "", "S013"),
    "a misspelt key that must be": ("extends: ./bare.yaml\ncampus: {install_rat: 4 racks/day}\n", "", "", "S102"),
    "two faults of an operation": (
        BASE + "variants: {v: {title: x, operations: [{scale: campus.install_rate, bye: 2, foo: 1}]}}\n",
        "", "", "S102 S102",
    ),
    "a tag before a wrong name": (BASE + "campus: {owner: !x nobody}\nseed: !x -1\n", "", "", "S013 S013 S106 S301"),
    "a tag before a key": (BASE + "!x seed: 2\n", "", "", "S013"),
    "a list of variants, and an opinion": (
        BASE + "applied: 3\ncampus: {install_rate: {value: 4 racks/day, status: opinion}}\n", "", "", "S103 S403"
    ),
    "a cap, and a unit without its basis": (
        BASE + "deal: {quotas: {national: {cap: x}}, licences: {first: {unit: H100e}}}\n", "", "", "S104 S321 S322"
    ),
    "a delivery without licence, of an unknown chip": (
        BASE + "deal: {deliveries: {racks: {licence: [1], chip: GB3000}}}\n", "", "", "S103 S306"
    ),
    "a tenancy, and too much": (
        BASE + "tenants: {lab: {tenancies: 3}, cloud: {tenancies: [{share: 130 %}, {share: 90 %}, {share: 90 %}]}}\n",
        "", "", "S103 S106 S305",
    ),
    "no sources, and weather": (BASE + "site: {sources: 3, weather: [3, ./w.csv]}\n", "", "", "S103 S103 W008"),
    "no calendar, and commitments": (BASE + "known_as_of: soon\ncommitments: {file: w.csv}\n", "", "", "S108 T002"),
    "a map to scale": (
        BASE + "variants: {v: {title: x, operations: [{scale: campus, by: 2}]}}\n", "v", "", "S205"
    ),
    "extends nothing at all": ("extends: ''\n", "", "", "S017"),
    "a split that fails, and what it would bring": (
        BASE + "variants: {v: {title: x, operations: [{split: tenants.lab.tenancies.0, share: 30 %, on: [shar]}, "
        "{set: tenants.lab.tenancies.1.share, to: 3 %}]}}\n", "v", "", "S203",
    ),
    "a variant that fails, and what it would bring": (
        BASE + "variants: {v: {title: x, operations: [{add: tenants.new, value: {party: lab, tenancies: []}}, "
        "{remove: campus.nothing}]}}\n", "v", "tenants.new.party=host", "S203",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MET)
def test_faults_that_meet_are_told_each_once_and_alone(kind: str, tmp_path: Path) -> None:
    text, variant, setting, codes = MET[kind]
    ledger_append(tmp_path / "led.csv")
    (tmp_path / "w.csv").write_text("time,db_c\n1,2\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "takes.py").write_text("def f():\n    return 1\n")
    bare = extend.read("one-hall")
    del bare.root.child("campus").value["install_rate"]  # type: ignore[union-attr]
    with (tmp_path / "bare.yaml").open("w") as out:
        YAML().dump(bare.root.plain(), out)
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        sound("s.yaml", [variant] if variant else [], [setting] if setting else [])
    assert " ".join(sorted(one.code for one in caught.value.faults)) == " ".join(sorted(codes.split()))
    assert all(one.fix and one.message for one in caught.value.faults)


def ledger_append(path: Path) -> None:
    row = {"row": "", "date": "2026-01-10", "kind": "shipment", "id": "a", "licence": "first", "chip": "GB300"}
    rest = {"chips": "72", "usd": "", "note": "", "hash": ""}
    chain.write(path, chain.chained([], [{**row, **rest}]))


@pytest.mark.parametrize("listed", ["[]", "{", '{"no.csv": 3}'])
def test_a_list_of_kept_files_that_cannot_be_read_keeps_none(listed: str, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "list.json").write_text(listed)
    (tmp_path / "s.yaml").write_text(BASE + "site: {events: no.csv}\n")
    assert {code for code, _, _ in told(tmp_path / "s.yaml")} == {"W020"}


def test_a_section_with_a_source_and_no_status_and_a_name_with_a_dot_are_sound(tmp_path: Path) -> None:
    day = "site: {design_day: {dry_bulb_degc: 48, wet_bulb_degc: 30, source: x}}\n"
    other = "tenants: {a.b: {party: host, tenancies: [{share: 3 %, start: 2026-02-01, takes_from: lab}]}}\n"
    (tmp_path / "s.yaml").write_text(BASE + day + other)
    assert sound("s.yaml").tenants["a.b"].party == "host"
