"""Bad input: whatever is wrong, the command ends with 2 and a place, without a traceback and without a run folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.scenario import load

BASE = "extends: one-hall\n"
RUN = BASE + "tenants:\n  lab:\n    runs:\n      small: {{{}}}\n"
LOAN = "rate: 8 %, term: 4 years"
HALL = "building_ready: 2026-01-01, power_ready: 2026-01-05"

FILES: dict[str, tuple[str | bytes, str]] = {
    # what is wrong: (the file, the code of its fault)
    "empty": ("", "S006"),
    "only comments": ("# nothing\n\n# here\n", "S006"),
    "only a document mark": ("---\n", "S006"),
    "not utf-8": ("title: Zür".encode("latin-1") + b"\xff\n", "S004"),
    "utf-16": ("title: x\n".encode("utf-16"), "S005"),
    "binary": (b"\x7fELF\x00\x01\x02", "S005"),
    "control character": ("title: a\x07b\n", "S005"),
    "escaped control character": (BASE + 'title: "a\\0b"\n', "S005"),
    "escape of a terminal": (BASE + 'title: "\\e[31mred"\n', "S005"),
    "half a character": (BASE + 'title: "\\ud800"\n', "S005"),
    "control character in a key": (BASE + '"ti\\btle": a\n', "S005"),
    "tab indents": ("campus:\n\tname: x\n", "S009"),
    "open bracket": (BASE + "title: [a, b\n", "S008"),
    "open quote": (BASE + 'title: "a\n', "S008"),
    "bad indentation": (BASE + "campus:\n  name: x\n owner: y\n", "S008"),
    "two colons": (BASE + "title: a: b\n", "S008"),
    "unknown anchor": (BASE + "title: *nobody\n", "S008"),
    "a list": ("- a\n- b\n", "S015"),
    "a word": ("hello\n", "S015"),
    "duplicate key": (BASE + "title: a\ntitle: b\n", "S010"),
    "duplicate inner key": (BASE + "campus:\n  name: a\n  name: b\n", "S010"),
    "recursion": (BASE + "title: &a [*a]\n", "S012"),
    "alias bomb": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)),
        "S011",
    ),
    "deep nesting": ("a: " + "[" * 60 + "]" * 60 + "\n", "S020"),
    "very deep nesting": ("a: " + "[" * 2_000 + "\n", "S020"),
    "python tag": (BASE + "title: !!python/object:os.system x\n", "S013"),
    "own tag": (BASE + "title: !secret x\n", "S013"),
    "merge key": (BASE + "campus:\n  <<: {name: x}\n", "S013"),
    "several documents": (BASE + "---\ntitle: b\n", "S014"),
    "number as key": (BASE + "tenants:\n  7: {party: lab}\n", "S018"),
    "list as key": (BASE + "tenants:\n  [a, b]: {party: lab}\n", "S018"),
    "extends a list": ("extends: [a]\n", "S017"),
    "extends nothing": ("extends: no-such-scenario\n", "S001"),
    "extends an address": ("extends: https://example.com/x.yaml\n", "S001"),
    "extends itself": ("extends: ./scenario-under-test.yaml\n", "S016"),
    "too large": ("# " + "x" * 2_100_000, "S007"),
    "missing sections": ("title: x\n", "S101"),
    "missing key": (BASE + "campus:\n  losses:\n    x: {share: 20 %, end: 2026-01-01}\n", "S101"),
    "unknown section": (BASE + "campuss: {}\n", "S102"),
    "unknown key": (BASE + "campus:\n  instal_rate: 4 racks/day\n", "S102"),
    "text for a map": (BASE + "campus: big\n", "S103"),
    "list for a map": (BASE + "tenants: [a]\n", "S103"),
    "map for an amount": (BASE + "campus:\n  install_rate: {a: 1}\n", "S110"),
    "list for an amount": (BASE + "campus:\n  install_rate: [4 racks/day]\n", "S103"),
    "truth for an amount": (BASE + "campus:\n  install_rate: true\n", "S103"),
    "nothing for an amount": (BASE + "campus:\n  install_rate:\n", "S103"),
    "number for text": (BASE + "title: 7\n", "S103"),
    "fraction of a chip": (BASE + "deal:\n  licences:\n    first: {quantity: 1.5 chips}\n", "S106"),
    "text for a count": (BASE + "campus:\n  racks:\n    GB300: {chips_per_rack: many}\n", "S103"),
    "no unit": (BASE + "campus:\n  install_rate: 4\n", "S104"),
    "unknown unit": (BASE + "campus:\n  install_rate: 4 raks/day\n", "S104"),
    "unit of another dimension": (BASE + "campus:\n  install_rate: 4 MW\n", "S104"),
    "words for an amount": (BASE + "campus:\n  install_rate: plenty\n", "S104"),
    "comma for a point": (BASE + "campus:\n  install_rate: 4,5 racks/day\n", "S104"),
    "unit of a range": (BASE + "campus:\n  install_rate: 4 to 6 raks/day\n", "S104"),
    "power without a basis": (BASE + f"campus:\n  halls:\n    a: {{power: 7 MW, {HALL}}}\n", "S105"),
    "sourced power without a basis": (BASE + "campus:\n  halls:\n    a:\n      power:\n        value: 7 MW\n", "S105"),
    "IT power at the meter": (BASE + "campus:\n  racks:\n    GB300: {it_power: 140 kW facility}\n", "S105"),
    "above its bound": (BASE + "operations:\n  checkpoint: 500 years\n", "S106"),
    "negative": (BASE + "operations:\n  checkpoint: -4 h\n", "S106"),
    "infinite": (BASE + "deal:\n  obligations:\n    o: {ratio: .inf}\n", "S106"),
    "not a number": (BASE + "operations:\n  failures: {per_1000_node_days: .nan}\n", "S106"),
    "huge exponent": (BASE + "operations:\n  checkpoint: 1e999 h\n", "S106"),
    "share above one": (BASE + "tenants:\n  lab:\n    mix: {load: 120 %}\n", "S106"),
    "speed of nothing": (BASE + "operations:\n  floor: {speeds: [{speed: 0 %}]}\n", "S106"),
    "seed below zero": (BASE + "seed: -1\n", "S106"),
    "no such choice": (BASE + "operations:\n  policy: esay\n", "S107"),
    "no date": (BASE + "start: soon\n", "S108"),
    "13th month": (BASE + "start: 2026-13-01\n", "S108"),
    "30 February": (BASE + "start: 2026-02-30\n", "S108"),
    "year 1066": (BASE + "start: 1066-10-14\n", "S108"),
    "range backwards": (BASE + "campus:\n  install_rate: 6 to 4 racks/day\n", "S109"),
    "dates backwards": (BASE + "campus:\n  halls:\n    a: {power_ready: 2026-05-01 to 2026-01-01}\n", "S109"),
    "median outside": (BASE + "site:\n  cooling:\n    liquid_share: {p10: 1 %, p50: 9 %, p90: 6 %}\n", "S109"),
    "one end only": (BASE + "campus:\n  install_rate: {p10: 4 racks/day}\n", "S110"),
    "unknown key of a source": (BASE + "campus:\n  install_rate: {value: 4 racks/day, sorce: x}\n", "S110"),
    "unknown status": (BASE + "campus:\n  install_rate: {value: 4 racks/day, status: rumour}\n", "S110"),
    "unknown party": (BASE + "campus:\n  owner: hots\n", "S301"),
    "unknown licence": (BASE + "deal:\n  deliveries:\n    racks: {licence: frist}\n", "S302"),
    "unknown gate": (BASE + "deal:\n  licences:\n    first: {gates: [audit]}\n", "S302"),
    "unknown quota": (BASE + "deal:\n  licences:\n    first: {quota: nationale}\n", "S302"),
    "unreadable requirement": (BASE + "deal:\n  gates:\n    g: {kind: approval, requires: 'xai joins'}\n", "S302"),
    "allocation over one": (BASE + "deal:\n  quotas:\n    national:\n      allocation: {guest: 20 %}\n", "S303"),
    "ends before it starts": (BASE + "end: 2025-06-30\n", "S304"),
    "a run on no chips": (RUN.format("chips: 0 chips"), "S111"),
    "a run of no length": (RUN.format("length: 0 s"), "S111"),
    "a run announced too late": (RUN.format("announced: 2026-03-20"), "S111"),
    "a run before all": (RUN.format("start: 1990-01-01"), "S308"),
    "nodes larger than racks": (BASE + "campus:\n  racks:\n    GB300: {chips_per_node: 100}\n", "S111"),
    "tenancies over one": (BASE + "tenants:\n  cloud:\n    tenancies: [{share: 60 %}]\n", "S305"),
    "chip without a rack": (BASE + "deal:\n  deliveries:\n    racks: {chip: H100}\n", "S306"),
    "unknown chip": (BASE + "deal:\n  deliveries:\n    racks: {chip: GB30}\n", "S306"),
    "parents in a circle": (BASE + "deal:\n  parties:\n    lab: {parent: host}\n    host: {parent: lab}\n", "S307"),
    "party by a name of the tables": (BASE + "deal:\n  parties:\n    outside: {name: A, kind: other}\n", "S350"),
    "tenant by a name of the tables": (BASE + "tenants:\n  idle: {party: lab, tenancies: []}\n", "S350"),
    "loans above the price": (
        BASE + f"costs:\n  tranches:\n    a: {{gearing: 70 %, {LOAN}}}\n"
        f"    b: {{gearing: 40 %, purpose: chips, {LOAN}}}\n",
        "S351",
    ),
    "a loan from oneself": (
        BASE + f"costs:\n  tranches:\n    a: {{gearing: 70 %, {LOAN}, lender: host, borrower: host}}\n", "S352"
    ),
    "owners in a circle": (BASE + "costs:\n  equity: {host: {investor: lab}, lab: {investor: host}}\n", "S352"),
    "chip without a list price": (
        BASE + "deal:\n  deliveries:\n    racks: {chip: H100}\ncampus:\n  racks:\n    H100: {chips_per_rack: 32, "
        "chips_per_node: 8, it_power: 44 kW, network: 6 %, storage: 2 %}\ncosts:\n  chip_price: {H100: 25k USD}\n",
        "S306",
    ),
    "weather that is not there": (BASE + "site:\n  weather: ./tower.csv\n", "W002"),
    "weather of nowhere": (BASE + "site:\n  weather: [abu_dhabi, dubay]\n", "W001"),
    "events that are not there": (BASE + "site:\n  events: trips.csv\n", "W020"),
    "carbon that is not there": (BASE + "site:\n  sources:\n    grid: {carbon_file: map.csv}\n", "W030"),
    "ledger that is not there": (BASE + "deal:\n  actuals: ledger.csv\n", "L101"),
    "fact of the future": (BASE + "campus:\n  install_rate: {value: 4 racks/day, as_of: 2026-02}\n", "S401"),
    "as_of without a date": (BASE + "campus:\n  install_rate: {value: 4 racks/day, as_of: soon}\n", "S402"),
    "opinion drives": (BASE + "campus:\n  install_rate: {value: 4 racks/day, status: opinion}\n", "S403"),
    "operation without a verb": (BASE + "variants:\n  x: {title: x, operations: [{twice: a.b}]}\n", "S202"),
    "two verbs": (BASE + "variants:\n  x: {title: x, operations: [{set: a.b, scale: c, to: 1}]}\n", "S202"),
    "operation is a word": (BASE + "variants:\n  x: {title: x, operations: [double]}\n", "S202"),
    "shift by no time": (BASE + "variants:\n  x: {title: x, operations: [{shift: start, by: 6 MW}]}\n", "S202"),
    "unknown key of an operation": (BASE + "variants:\n  x: {title: x, operations: [{set: start, too: 1}]}\n", "S102"),
    "no path": (BASE + "variants:\n  x: {title: x, operations: [{remove: a..b}]}\n", "S202"),
}  # fmt: skip


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["gigacampus", *arguments])
    return reported(gigacampus)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


SLOW = ("very deep nesting", "alias bomb")


@pytest.mark.parametrize("kind", [pytest.param(one, marks=pytest.mark.slow) if one in SLOW else one for one in FILES])
def test_bad_file_ends_with_2_and_a_place(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content, code = FILES[kind]
    path = tmp_path / "scenario-under-test.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert run(monkeypatch, "run", path.name, "--format", "json") == 2
    out, err = capsys.readouterr()
    faults = json.loads(out)
    assert code in {fault["code"] for fault in faults}, faults
    assert "Traceback" not in err
    own = [fault for fault in faults if fault["file"] == path.name]
    assert own, "no fault names the file"
    if code not in {"S007", "S006"}:
        assert all(fault["line"] > 0 for fault in own), own
    assert all(fault["fix"] and fault["message"] for fault in faults), faults
    assert list(tmp_path.iterdir()) == [path], "something was written"


@pytest.mark.parametrize("kind", ["no unit", "unknown unit", "duplicate key", "sourced power without a basis"])
def test_the_caret_stands_under_the_value(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    marked = {
        "no unit": "4",
        "unknown unit": "4 raks/day",
        "duplicate key": "title",
        "sourced power without a basis": "7 MW",
    }
    (tmp_path / "s.yaml").write_text(str(FILES[kind][0]))
    assert run(monkeypatch, "run", "s.yaml") == 2
    lines = capsys.readouterr().err.splitlines()
    caret = next(number for number, line in enumerate(lines) if set(line.strip()) == {"^"})
    start = lines[caret].index("^")
    assert lines[caret - 1][start : start + lines[caret].count("^")] == marked[kind]


def test_all_faults_come_at_once_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = BASE + "title: 7\ncampus:\n  install_rate: 4\n  ownr: x\n"
    text += "operations:\n  policy: esay\nsite: {cooling: {liquid_share: 2}}\n"
    (tmp_path / "s.yaml").write_text(text)
    assert run(monkeypatch, "check", "s.yaml", "--format=json") == 2
    faults = json.loads(capsys.readouterr().out)
    assert [(fault["code"], fault["line"]) for fault in faults] == [
        ("S103", 2), ("S104", 4), ("S102", 5), ("S107", 7), ("S106", 8),
    ]  # fmt: skip
    assert faults[2]["fix"] == 'did you mean "owner"?'
    assert faults[3]["fix"] == 'did you mean "easy"?'


def test_a_fault_of_an_extended_file_points_to_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "base.yaml").write_text(BASE + "campus:\n  install_rate: 4\n")
    (tmp_path / "s.yaml").write_text("extends: base.yaml\nseed: 2\n")
    assert run(monkeypatch, "check", "s.yaml", "--format", "json") == 2
    (fault,) = json.loads(capsys.readouterr().out)
    assert (fault["file"], fault["line"], fault["column"]) == ("base.yaml", 3, 17)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "no-such"], "S001"),
        (["run", "no-such.yaml"], "S001"),
        (["run", "folder"], "S002"),
        (["run", "/dev/null"], "S002"),
        (["run", "s.toml"], "S019"),
        (["run", "round.yaml"], "S003"),
        (["check", "extends-round.yaml"], "S003"),
        (["run", "a\x00b.yaml"], "S001"),
        (["run", "x" * 5000], "S003"),
        (["run", "one-hall", "--variant", "late-pwer"], "S201"),
        (["run", "one-hall", "--variant", "late-power", "--variant", "late-power"], "S207"),
        (["run", "one-hall", "--set", "campus"], "S206"),
        (["run", "one-hall", "--set", "=3"], "S206"),
        (["run", "one-hall", "--set", "campus.install_rate=[3"], "S206"),
        (["run", "one-hall", "--set", "campus.instal_rate=3 racks/day"], "S102"),
        (["run", "one-hall", "--set", "campus.halls.z.power=3 MW IT"], "S203"),
        (["run", "one-hall", "--set", "campus.install_rate=3"], "S104"),
        (["run", "one-hall", "--set", "tenants.lab.tenancies.4.share=3 %"], "S203"),
        (["run", "one-hall", "--fail-if", "pue_mean"], "U003"),
        (["run", "one-hall", "--out", "file"], "R001"),
        (["run", "one-hall", "--out", "folder"], "R001"),
        (["explain", "nothing-of-the-kind"], "U004"),
        (["init", "made"], "U002"),
        (["init", "s.toml/x"], "R004"),
    ],
)  # fmt: skip
def test_bad_call_ends_with_2(
    arguments: list[str], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("folder", "made"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "scenario.yaml").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "s.toml").write_text("title = 1")
    (tmp_path / "round.yaml").symlink_to("round.yaml")
    (tmp_path / "extends-round.yaml").write_text("extends: ./round.yaml\n")
    assert run(monkeypatch, *arguments) == 2
    err = capsys.readouterr().err
    assert f"error[{code}]" in err
    assert "fix: " in err
    assert "Traceback" not in err
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "extends-round.yaml", "file", "folder", "made", "round.yaml", "s.toml",
    ]  # fmt: skip
    assert (tmp_path / "made" / "scenario.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    ["run", "run one-hall --seed x", "run one-hall --seed -1", "run one-hall --nope", "rnu", "list x"],
)  # fmt: skip
def test_usage_errors_end_with_2(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments.split()) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(BASE)
    path.chmod(0)
    assert run(monkeypatch, "run", "s.yaml") == 2
    assert "error[S003]" in capsys.readouterr().err


SCALES = {
    "deal.licences.first.quantity=4k": "4k chips", "deal.licences.first.quantity=4 thousand": "4 thousand chips",
    "deal.deliveries.racks.rate=30k/year": "30k chips/year", "costs.chip_price.GB300=45k": "45k USD",
    "campus.halls.a.power=7M": "7M W IT", "deal.licences.first.quantity=3k to 4k": "4k chips",
}  # fmt: skip


@pytest.mark.parametrize("given", SCALES)
def test_a_scale_without_a_unit_is_answered_with_text_that_is_accepted(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "check", "one-hall", "--set", given) == 2
    err = capsys.readouterr().err
    assert "has no unit" in err
    fixed = err.split('such as "')[1].split('"')[0]
    assert fixed == SCALES[given]
    load("one-hall", overrides=[given.split("=")[0] + "=" + fixed])


@pytest.mark.parametrize("typed", ["1e400", "-1e999", ".inf", "7" * 450])
def test_a_whole_number_beyond_all_is_told_as_typed_with_its_range(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = typed if len(typed) < 60 else "7777777777777777777777777777777777777777… (450 characters)"
    told = f"seed must be a whole number from 0 to {2**63 - 1}, found {shown}"
    (tmp_path / "s.yaml").write_text(f"extends: one-hall\nseed: {typed}\n")
    for asked in (["s.yaml"], ["one-hall", "--set", f"seed={typed}"]):
        assert run(monkeypatch, "check", *asked, "--format=json") == 2
        (fault,) = json.loads(capsys.readouterr().out)
        assert (fault["code"], fault["message"], fault["path"]) == ("S106", told, "seed")
