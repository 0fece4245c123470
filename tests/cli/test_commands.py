"""The commands: what they print where, what they write, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gigacampus.cli import GROUPS, assertions, gigacampus, progress
from gigacampus.cli.columns import table
from gigacampus.cli.explain_ import FINDERS
from gigacampus.cli.failures import reported
from gigacampus.cli.options import Asked
from gigacampus.cli.policies import PLACEMENTS, POLICIES
from gigacampus.engine.schedule import POLICIES as PLAYED
from gigacampus.errors import InvariantError, UsageError
from gigacampus.kernels.packing import Packing
from gigacampus.scenario import load, walk
from gigacampus.scenario.codes import CODES
from gigacampus.scenario.model import Scenario
from gigacampus.tables.registry import specs


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gigacampus", *arguments])
        code = reported(gigacampus)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.mark.parametrize("name", [name for commands in GROUPS.values() for name in commands])
def test_every_command_has_a_help(call, name: str) -> None:  # type: ignore[no-untyped-def]
    ran = call(name, "--help")
    assert ran.code == 0
    assert "Usage:" in ran.out
    assert ran.err == ""


def test_check_shows_totals_defaults_and_an_estimate(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ran = call("check", "one-hall")
    assert ran.code == 0
    for text in (
        "one-hall is sound",
        "2,880",
        "7.0 MW",
        "MUSD",
        "defaults used",
        "site.draw.pretrain",
        "arXiv",
        "a run will take",
    ):
        assert text in ran.out
    assert list(tmp_path.iterdir()) == []


def test_check_as_json_lists_every_input(call) -> None:  # type: ignore[no-untyped-def]
    ran = call("check", "one-hall", "--variant", "late-power", "--json")
    found = json.loads(ran.out)
    assert found["applied"] == ["late-power"]
    assert sum(one["live_chips"] for one in found["phases"]) == 2880
    assert {"campus.install_rate", "start"} <= {row["path"] for row in found["inputs"]}
    assert found["estimate"]["run_s"] > 1.0


@pytest.mark.slow
def test_run_writes_a_folder_twice_and_prints_a_summary(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first = call("run", "one-hall")
    assert first.code == 0, first.err
    assert "live chips at the end" in first.out
    assert "report: runs/one-hall/report.html" in first.out
    assert all(line.startswith("warning: ") for line in first.err.splitlines())
    second = call("run", "one-hall", "--json", "--variant", "late-power")
    assert json.loads(second.out)["live_chips"] == 2880
    assert "report: runs/one-hall+late-power/report.html" in second.err
    third = call("run", "one-hall", "--quiet")
    assert (third.code, third.out, third.err) == (0, "", "")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        "one-hall",
        "one-hall+late-power",
        "one-hall-2",
    ]
    for name in ("report.html", "summary.json", "manifest.json", "scenario.yaml", "tables"):
        assert (tmp_path / "runs" / "one-hall" / name).exists()
    one, two = (
        json.loads((tmp_path / "runs" / name / "manifest.json").read_text()) for name in ("one-hall", "one-hall-2")
    )
    assert one["tables"] == two["tables"]
    again = call("run", "runs/one-hall/scenario.yaml", "--out", "again")
    assert again.code == 0
    assert json.loads((tmp_path / "again" / "manifest.json").read_text())["tables"] == one["tables"]
    refused = call("run", "one-hall", "--out", "again")
    assert refused.code == 2
    assert "R002" in refused.err
    broken = call("run", "one-hall", "--out", "again", "--force", "--fail-if", "pue_mean>1.01", "--fail-if", "jobs<0")
    assert broken.code == 3
    assert "pue_mean" in broken.err
    assert "jobs" not in broken.err.splitlines()[-1]
    unknown = call("run", "one-hall", "--out", "unknown", "--fail-if", "pu_mean>1.01")
    assert unknown.code == 2
    assert not (tmp_path / "unknown").exists()
    assert 'did you mean "pue_mean"?' in unknown.err


def test_init_writes_a_scenario_that_checks(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert call("init", "made").code == 0
    text = (tmp_path / "made" / "scenario.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=./scenario.schema.json\n")
    assert json.loads((tmp_path / "made" / "scenario.schema.json").read_text())["title"] == "gigacampus scenario"
    assert load(tmp_path / "made" / "scenario.yaml") == load("one-hall")
    assert call("init", "made").code == 2
    assert call("init", "made", "--force").code == 0


def test_schema_is_json(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert json.loads(call("schema").out)["$defs"]["Hall"]["properties"]["power"]["x-unit"] == "W"
    assert call("schema", "--out", "s.json").code == 0
    assert json.loads((tmp_path / "s.json").read_text())["title"]


@pytest.mark.parametrize("kind", ["scenarios", "variants", "chips", "facts", "weather", "traces", "policies"])
def test_list(call, kind: str) -> None:  # type: ignore[no-untyped-def]
    ran = call("list", kind)
    assert ran.code == 0
    assert len(ran.out.splitlines()) > 2
    rows = json.loads(call("list", kind, "--json").out)
    assert len(rows) + 1 == len(ran.out.splitlines())
    if kind in {"chips", "facts", "weather", "traces"}:
        assert all(row["source"] for row in rows)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("campus.install_rate", "racks/day"),
        ("campus.halls.any.power", "IT"),
        ("operations.policy", "easy"),
        ("operations", "checkpoint"),
        ("inputs", "Dotted path"),
        ("inputs.path", "Dotted path"),
        ("as_of", "Date of the statement"),
        ("S104", "unit"),
        ("s104", "unit"),
        ("easy", "backfilling"),
        ("article.quota_chips_per_year", "Gate Square"),
        ("GB300", "NVIDIA"),
        ("late-power", "energised"),
        ("MW", "1e+06"),
        ("pue_mean", "not a mean of hourly ratios"),
        ("g42", "facts about g42"),
    ],
)
def test_explain(call, what: str, said: str) -> None:  # type: ignore[no-untyped-def]
    ran = call("explain", what)
    assert ran.code == 0
    assert said in ran.out


def test_explain_knows_every_code_and_table() -> None:
    assert [what for what in (*CODES, *specs()) if not any(finder(what) for finder in FINDERS)] == []


def test_every_policy_has_a_sentence() -> None:
    spot = walk.at(Scenario, ("operations", "policy"))
    assert spot is not None
    assert set(spot.choices) <= set(POLICIES)
    assert set(PLAYED) == set(POLICIES) - {"FILE.py:function"}
    assert {one.name.lower() for one in Packing} | {"none", "packed", "near", "spread"} == set(PLACEMENTS)


def test_explain_suggests(call) -> None:  # type: ignore[no-untyped-def]
    ran = call("explain", "campus.instal_rate")
    assert ran.code == 2
    assert '"campus.install_rate"' in ran.err


def test_assertions() -> None:
    found = assertions.read(("a>1.5", "b.c <= 1,000", "d != -2e3"))
    assert [(one.name, one.sign, one.limit) for one in found] == [
        ("a", ">", 1.5),
        ("b.c", "<=", 1000.0),
        ("d", "!=", -2000.0),
    ]
    numbers = {"a": 1.5, "b.c": 7.0, "d": float("nan")}
    assert len(assertions.broken(found, numbers)) == 2
    for text in ("a", "a>", ">1", "a>b", "a=>1", "a>1.2.3", "a>1e999", "a<-1e999"):
        with pytest.raises(UsageError):
            assertions.read((text,))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--on", "2026-02-30"), "L107"),
        (("--on", "2026-02-30", "--regime", "draft-2026-03"), "L001"),
        (("--on", "2026-03-01"), "L107"),
        (("--what-if", ""), "L001"),
        (("--regime", ""), "L005"),
    ],
)
def test_ledger_leaves_no_option_unread(call, options: tuple[str, ...], code: str) -> None:  # type: ignore[no-untyped-def]
    ran = call("ledger", "one-hall", *options)
    assert ran.code == 2
    assert f"error[{code}]" in ran.err
    assert "fix:" in ran.err
    assert ran.out == ""


def test_columns_stand_right_where_they_are_numbers() -> None:
    assert table(("name", "n"), [("a", "7"), ("bc", "1,200")]).splitlines() == [
        "name      n",
        "a         7",
        "bc    1,200",
    ]


def test_progress_is_told_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def walk_through(*, quiet: bool) -> str:
        with progress.told(quiet=quiet) as tell:
            tell("one step")
            tell("another")
        return capsys.readouterr().err

    assert walk_through(quiet=False) == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert walk_through(quiet=True) == ""
    told = walk_through(quiet=False)
    assert "one step" in told
    assert "another" in told


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "out of memory"),
        (OSError(28, "No space left on device", "runs"), 1, "No space left"),
        (InvariantError("chips: 3 != 4"), 1, "chips: 3 != 4"),
    ],
)
def test_what_goes_wrong_has_an_exit_code(
    call, monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int, said: str
) -> None:  # type: ignore[no-untyped-def]
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("gigacampus.cli.options.Asked.with_base", fail)
    ran = call("run", "one-hall")
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        ("schema | head -c 1; exit ${PIPESTATUS[0]}", 0, ""),
        ("list facts | head -c 1; exit ${PIPESTATUS[0]}", 0, ""),
        ("check one-hall | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("list chips >&-", 0, ""),
        ("list chips >/dev/full", 1, "error: No space left on device\n"),
    ],
)
def test_output_that_nobody_reads(shell: str, code: int, said: str) -> None:
    ran = subprocess.run(["bash", "-c", f"{sys.executable} -m gigacampus {shell}"], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (code, said)


def test_a_run_is_named_after_its_scenario_or_the_folder_that_it_lies_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = tmp_path / "demo"
    demo.mkdir()
    monkeypatch.chdir(demo)
    stems = {name: Asked(name, (), (), None).stem for name in ("scenario.yaml", "plans/north.yaml", "stargate-uae")}
    assert stems == {"scenario.yaml": "demo", "plans/north.yaml": "north", "stargate-uae": "stargate-uae"}
    assert Asked("stargate-uae", ("match-lag",), (), None).stem == "stargate-uae+match-lag"


LOG = "job_id,submit_s,run_s,gpus,user,estimate_s\n" + "".join(
    f"j{k},{60 * k},600,{1 + k % 4},u,900\n" for k in range(9)
)
NODES = ("--gpus", "16", "--gpus-per-node", "8")
TRAIN = ("train", "--model", "llama3-8b", "--chip", "h100", "--gpus", "64")
SERVE = ("serve", "--model", "llama3-70b", "--chip", "gb300", "--rps", "5", "--over", "servegen_mid")
LIKE = ("trace", "m.csv", "--like", "--gpus", "16")
HUGE = "99999999999999999999"
NUMBERS = [
    # command, the place and code that its fault names
    (("replay", "m.csv", *NODES, "--static", "--inflate", "nan"), "--inflate", "U006"),
    (("replay", "m.csv", *NODES, "--static", "--inflate", "0"), "--inflate", "U006"),
    (("replay", "m.csv", *NODES, "--static", "--inflate", "0.0001"), "--inflate", "E301"),
    (("replay", "m.csv", *NODES, "--slack", "nan"), "--slack", "U006"),
    (("replay", "m.csv", *NODES, "--snapshot-at", "-1"), "--snapshot-at", "U006"),
    (("replay", "m.csv", *NODES, "--cut-to", HUGE), "--cut-to", "U006"),
    (("replay", "m.csv", *NODES, "--nodes-per-rack", "1", "--domain", HUGE), "--domain", "E301"),
    (("replay", "m.csv", *NODES, "--needs", "needs.csv"), "needs.csv:2", "E310"),
    (("replay", "m.csv", *NODES, "--plan", "far.csv"), "far.csv:2", "T003"),
    (("replay", "m.csv", *NODES, "--plan", "late.csv"), "late.csv:2", "T003"),
    (("replay", "m.csv", *NODES, "--plan", "twice.csv"), "twice.csv:3", "T003"),
    (("train", "--model", "llama3-8b", "--chip", "h100", "--gpus", HUGE), "--gpus", "U006"),
    *(((*TRAIN, "--failures", value), "--failures", "U006") for value in ("inf", "nan", "-1")),
    *(((*TRAIN, "--recover-s", value), "--recover-s", "U006") for value in ("inf", "nan", "1e300")),
    ((*TRAIN, "--checkpoint-write-s", "nan"), "--checkpoint-write-s", "U006"),
    ((*TRAIN, "--batch", HUGE), "--batch", "U006"),
    *(((*SERVE, "--floor", value), "--floor", "U006") for value in ("nan", "2")),
    *(((*SERVE, "--usd-per-chip-h", value), "--usd-per-chip-h", "U006") for value in ("nan", "-3")),
    ((*SERVE, "--start-up-s", "nan"), "--start-up-s", "U006"),
    *(((*LIKE, "--days", value), "--days", "U006") for value in ("nan", "inf")),
    ((*LIKE, "--load", "nan"), "--load", "U006"),
    ((*LIKE, "--seed", "-5"), "--seed", "U006"),
    (("trace", "m.csv", "--gpus", HUGE), "--gpus", "U006"),
    (("timeline", "run", "--to", HUGE), "--to", "U006"),
    (("sweep", "one-hall", "--workers", HUGE), "--workers", "U006"),
    (("check", "one-hall", "--seed", HUGE), "--seed", "U006"),
    (("plan", "one-hall", "--samples", "nan"), "--samples", "U006"),
    (("compare", "one-hall", "one-hall", "--seeds", "0"), "--seeds", "U006"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "place", "code"), NUMBERS)
def test_a_number_out_of_bounds_ends_with_2_its_place_and_a_fix(  # type: ignore[no-untyped-def]
    call, arguments: tuple[str, ...], place: str, code: str
) -> None:
    for name, text in {
        "m.csv": LOG,
        "needs.csv": f"domain_gpus\n{HUGE}\n",
        "far.csv": f"job_id,begin_s\nj1,{HUGE}\n",
        "late.csv": "job_id,planned_s\nj1,4000000000000000000\n",
        "twice.csv": "job_id,planned_s\nj1,40\nj1,50\n",
    }.items():
        Path(name).write_text(text)
    ran = call(*arguments)
    assert ran.code == 2
    for part in (f"error[{code}]", place, "fix: "):
        assert part in ran.err
    assert ran.out == ""
