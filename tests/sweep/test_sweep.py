"""Sweeps: designs, one table of results, resuming, failures, the folder shared, bad studies."""

from __future__ import annotations

import importlib
import json
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sobol_indices

import gigacampus as gc
from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.errors import InputError, UsageError
from gigacampus.replay.floor.asked import FloorAsked
from gigacampus.report.study import render
from gigacampus.results import flat
from gigacampus.sweep import Study, read, read_study, sweep
from gigacampus.sweep.ask import sql, tables_of
from gigacampus.sweep.axes import Choices, Span, _listed
from gigacampus.sweep.design import points, sample, size
from gigacampus.sweep.executors import ClusterLostError, Local
from gigacampus.sweep.find import find
from gigacampus.sweep.indices import front, sobol, tornado
from gigacampus.sweep.job import Done, Job, packed
from gigacampus.sweep.picture import pictured
from gigacampus.sweep.replays import replayed
from gigacampus.sweep.store import Store
from gigacampus.sweep.study import planned
from gigacampus.sweep.walk import UnfinishedError, played
from gigacampus.tables import Column, Spec, Table

walk = importlib.import_module("gigacampus.sweep.walk")

RATE = "campus.install_rate"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are played in threads of this process; worker processes and clusters are for `test_survives`."""
    monkeypatch.chdir(tmp_path)
    real = walk.workers
    monkeypatch.setattr(
        walk,
        "workers",
        lambda kind, count, cluster: real(kind, count, cluster) if cluster else Local(count or 2, "threads"),
    )


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["gigacampus", *words])
    return reported(gigacampus)


def ishigami(x1: float, x2: float, x3: float) -> dict[str, float]:
    """Ishigami and Homma 1990: y = sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1."""
    return {"y": float(np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1))}


def cube(x: float, kind: float = 0.0) -> dict[str, float]:
    if x > 1e6:
        raise ValueError("too much")
    return {"y": x**3, "kind_seen": kind, "minus": -x}


def fold(x: float) -> dict[str, float]:
    return {"y": (x - 5) ** 2}


@pytest.mark.slow
def test_ishigami_gives_its_known_indices() -> None:
    """First 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437: within 0.02."""
    pi = float(np.pi)
    found = gc.sweep(ishigami, vary=dict.fromkeys(("x1", "x2", "x3"), (-pi, pi)), method="saltelli", samples=2048)
    made = sobol(found, "y")
    assert len(found) == 2048 * 5
    assert made.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert made.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert render(pictured(found)).count('id="sobol-0"') == 1
    a, b, *crossed = (found.column("y")[np.array(found.table.column("block").to_pylist()) == name]
                      for name in ("A", "B", "x1", "x2", "x3"))  # fmt: skip
    told = sobol_indices(func={"f_A": a[None], "f_B": b[None], "f_AB": np.array(crossed)[:, None]}, n=2048)
    assert made.total == pytest.approx(np.ravel(told.total_order), abs=1e-3)


def test_a_small_saltelli_design_ranks_the_inputs() -> None:
    found = gc.sweep(cube, vary={"x": (0, 10), "kind": (0, 1)}, method="saltelli", samples=64, workers=1)
    made = sobol(found, "y")
    assert made.inputs == ("x", "kind")
    assert made.total == pytest.approx([1.0, 0.0], abs=0.1)
    with pytest.raises(UsageError, match="Saltelli"):
        sobol(gc.sweep(cube, vary={"x": (0, 10)}, samples=4), "y")


@given(st.sampled_from(["lhs", "random"]), st.integers(1, 4), st.integers(1, 40))
def test_samples_fill_the_cube(method: Any, axes: int, n: int) -> None:
    shares = np.array([row.shares for row in sample(method, axes, n, 1)])
    assert shares.shape == (n, axes)
    assert ((shares >= 0) & (shares < 1)).all()
    if method == "lhs":
        assert (np.sort(np.floor(shares * n), axis=0) == np.arange(n)[:, None]).all()


@settings(max_examples=30)
@given(st.integers(0, 3), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["lhs", "saltelli"]))
def test_as_many_points_as_said_and_seeds_are_paired(variants: int, values: int, seeds: int, method: Any) -> None:
    axes = [Choices("a", tuple(map(str, range(values)))), Span("b", 0.0, 1.0)]
    names = [f"v{k}" for k in range(variants)]
    made = list(points(axes, names, seeds, method, 4, 7))
    assert len(made) == size(axes, variants, seeds, method, 4)
    assert [one.number for one in made] == list(range(len(made)))
    by_seed: dict[int, set[Any]] = {}
    for one in made:
        by_seed.setdefault(one.seed_step, set()).add((one.variant, one.texts, one.block))
    assert len({frozenset(cases) for cases in by_seed.values()}) == 1


def test_commas_part_values_but_not_lists_or_thousands() -> None:
    assert _listed("a, b,c") == ["a", "b", "c"]
    assert _listed("1,000 chips,[1, 2],{a: 1, b: 2}") == ["1,000 chips", "[1, 2]", "{a: 1, b: 2}"]


def test_a_grid_of_plans_is_one_table_and_is_not_played_twice(tmp_path: Path) -> None:
    study = Study("one-hall", "plan", (f"{RATE}=4..20 racks/day:3",), ("", "late-power"))
    found = sweep(study, tmp_path / "s", count=2)
    assert (len(found), found.failed, found.tally.played) == (6, 0, 6)
    assert found.column("live_chips") == pytest.approx(2880)
    months = found.column("h100e_months").reshape(2, 3)
    assert (np.diff(months, axis=1) > 0).all()
    again = sweep(study, tmp_path / "s", count=1)
    assert (again.tally.played, again.tally.skipped) == (0, 6)
    assert again.table.equals(found.table)
    assert read(tmp_path / "s").table.equals(found.table)
    more = sweep(Study("one-hall", "plan", (f"{RATE}=4..20 racks/day:5",)), tmp_path / "s", count=1)
    assert more.tally.skipped == 3
    pandas = pytest.importorskip("pandas")
    assert pandas.DataFrame.from_arrow(found).shape == found.table.shape
    assert "<table" in found._repr_html_()
    answer = sql(
        tmp_path / "s",
        "select count(*) as n, max(m.live_chips) as most from buildout_months m join results using (run)",
    )
    assert answer.to_pylist() == [{"n": 15, "most": 2880}]
    assert {"results", "installs"} <= set(tables_of(tmp_path / "s"))
    with pytest.raises(UsageError, match="nonsense"):
        sql(tmp_path / "s", "select * from nonsense")
    with pytest.raises(UsageError, match="disabled"):
        sql(tmp_path / "s", "select * from read_csv('/etc/hosts')")
    page = render(pictured(found))
    assert page.count('class="chart"') >= 4


def test_bare_numbers_of_a_list_take_the_unit_of_the_last() -> None:
    plan = planned(Study("one-hall", "plan", (f"{RATE}=9,10 racks/day",)))
    assert [one.texts for one in plan.points()] == [((RATE, "9 racks/day"),), ((RATE, "10 racks/day"),)]


def test_stated_ranges_are_sampled_as_a_plan_samples_them(tmp_path: Path) -> None:
    plan = planned(Study("stargate-uae", "plan", ("deal.deliveries.*",), samples=8))
    assert len(plan.axes) > 2
    first = next(iter(plan.points()))
    assert set(first.numbers) == {axis.path for axis in plan.axes}
    for axis in plan.axes:
        assert not isinstance(axis, Choices)
        assert axis.value(0.1) <= axis.value(0.5) <= axis.value(0.9)


def test_a_run_that_fails_is_recorded_and_the_rest_go_on(tmp_path: Path) -> None:
    study = Study(kind="function", function=cube, vary=("x=1,2,3000000",))
    found = sweep(study, tmp_path)
    assert found.table.column("status").to_pylist() == ["finished", "finished", "failed"]
    assert "too much" in found.table.column("error").to_pylist()[2]
    assert len(list((tmp_path / "failed").glob("*.json"))) == 1
    assert sweep(study, tmp_path).tally.failed == 1


class Flaky:
    """Workers of which one dies with the first two runs that it gets, and comes back."""

    count = 2

    def __init__(self, kills: int) -> None:
        self.kills = kills

    def submit(self, job: Any) -> Any:
        from concurrent.futures import BrokenExecutor, Future

        from gigacampus.sweep.job import play

        future: Future[Done] = Future()
        if self.kills:
            self.kills -= 1
            future.set_exception(BrokenExecutor())
        else:
            future.set_result(play(job))
        return future

    def broke(self, error: BaseException) -> bool:
        return type(error).__name__ == "BrokenExecutor"

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


class Lost(Flaky):
    """A cluster that is gone after a while."""

    def submit(self, job: Any) -> Any:
        from concurrent.futures import CancelledError, Future

        self.kills -= 1
        if self.kills < 0:
            future: Future[Done] = Future()
            future.set_exception(CancelledError())
            return future
        left, self.kills = self.kills, 0
        future, self.kills = super().submit(job), left
        return future

    def broke(self, error: BaseException) -> bool:
        raise ClusterLostError("the cluster tcp://there:8786 was lost")


def test_a_run_keeps_its_short_tables_to_the_bit_with_units_and_sentences(tmp_path: Path) -> None:
    import pyarrow as pa

    kinds = (("n", "i8"), ("i", "i4"), ("x_w", "f8"), ("is_on", "b1"), ("name", "str"))
    spec = Spec("mixed", "All kinds.", tuple(Column(name, kind, f"unit of {name}", "Told.") for name, kind in kinds))
    dice = np.random.default_rng(1)
    values = {"n": dice.integers(-9, 9, 1999), "i": dice.integers(0, 9, 1999), "x_w": dice.normal(size=1999),
              "is_on": dice.random(1999) < 0.5, "name": ["ø", "", None] * 666 + ["end"]}  # fmt: skip
    values["x_w"][::7] = np.nan
    table, store = Table(spec, values), Store(tmp_path)
    tables = {"mixed": table, "empty": spec.empty(), "long": Table(spec, {k: [*v, *v] for k, v in values.items()})}
    store.keep("a1", packed(Job("a1", "run", b""), {"x": 1.5}, tables))
    [(name, found)] = store.tables("a1")
    wanted, sink = table.to_arrow(), pa.BufferOutputStream()
    assert (name, store.numbers("a1")) == ("mixed", {"x": 1.5})
    assert found.schema.equals(wanted.schema, check_metadata=True)
    assert repr(found.to_pydict()) == repr(wanted.to_pydict())
    with pa.ipc.new_stream(sink, wanted.schema) as writer:
        writer.write_table(wanted)
    with zipfile.ZipFile(store.path("a1")) as file:
        stream = pa.CompressedInputStream(pa.BufferReader(file.read("tables/mixed.arrows.lz4")), "lz4").read()
    assert stream == sink.getvalue().to_pybytes()


def test_a_cluster_lost_midway_leaves_what_is_finished(tmp_path: Path) -> None:
    plan = planned(Study(kind="function", function=cube, vary=("x=1..9:9",)))
    with pytest.raises(UnfinishedError, match="the same command goes on from there"):
        played(plan, Store(tmp_path), Lost(4))
    assert len(list(tmp_path.rglob("*.zip"))) == 4
    assert list((tmp_path / "claims").iterdir()) == []


def test_a_dead_worker_is_made_good_and_a_deadly_run_is_named(tmp_path: Path) -> None:
    plan = planned(Study(kind="function", function=cube, vary=("x=1,2,3",)))
    tally = played(plan, Store(tmp_path / "a"), Flaky(3))
    assert (tally.played, tally.deaths, tally.failed) == (3, 3, 0)
    tally = played(plan, Store(tmp_path / "b"), Flaky(10**9))
    assert (tally.played, tally.failed) == (0, 3)
    assert "died" in Store(tmp_path / "b").failure(tally.keys[0])


def test_a_full_disk_leaves_what_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(kind="function", function=cube, vary=("x=1..8:8",))
    kept, left = Store.keep, [3]

    def keep(self: Store, key: str, content: bytes, **more: Any) -> None:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        kept(self, key, content, **more)

    monkeypatch.setattr(Store, "keep", keep)
    with pytest.raises(UnfinishedError, match="No space left on device"):
        sweep(study, tmp_path / "s")
    monkeypatch.undo()
    found = sweep(study, tmp_path / "s")
    assert (found.tally.skipped, found.tally.played) == (3, 5)
    assert found.table.equals(sweep(study, tmp_path / "t").table)


def test_what_another_sweep_is_at_is_left_to_it(tmp_path: Path) -> None:
    one, two = Store(tmp_path), Store(tmp_path)
    assert one.claim("aa")
    assert not two.claim("aa")
    one.release("aa")
    assert two.claim("aa")
    two.release("aa")
    assert list((tmp_path / "claims").iterdir()) == []


def test_find_answers_the_inverse_question(tmp_path: Path) -> None:
    answer = find(Study(kind="function", function=cube), "x=0..10", "y>27", tmp_path)
    assert answer.value == pytest.approx(3.0, abs=0.02)
    assert answer.is_monotone
    assert "x = " in answer.lines()[0]
    down = find(Study(kind="function", function=cube), "x=0..10", "minus<-4", tmp_path)
    assert down.value == pytest.approx(4.0, abs=0.02)
    never = find(Study(kind="function", function=cube), "x=0..10", "y<0", tmp_path)
    assert never.value is None
    with pytest.raises(UsageError, match="condition"):
        find(Study(kind="function", function=cube), "x=0..10", "y is small", tmp_path)


def test_a_study_file_asks_the_inverse_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(f"scenario: one-hall\nkind: plan\nfind: {RATE}=1..9 racks/day\nuntil: h100e_months>15000\n")
    assert call(monkeypatch, "sweep", "--study", str(path), "--json", "--workers", "1", "--out", str(tmp_path)) == 0
    told = json.loads(capsys.readouterr().out)
    same = gc.find("one-hall", RATE, ("1 racks/day", "9 racks/day"), "h100e_months>15000", kind="plan", out=tmp_path)
    assert same.as_dict() == told
    assert same.value == pytest.approx(2, abs=0.02)


def test_find_says_when_the_measure_is_not_monotone(tmp_path: Path) -> None:
    answer = find(Study(kind="function", function=fold), "x=0..10", "y>16", tmp_path)
    assert answer.value == pytest.approx(9.0, abs=0.02)
    assert not answer.is_monotone
    assert "does not hold from one value on" in answer.notes[0]


def test_find_gives_the_interval_of_its_seeds(tmp_path: Path) -> None:
    study = Study("one-hall", "plan", seeds=2)
    answer = find(study, f"{RATE}=1..41 racks/day", "h100e_months>15000", tmp_path, count=1)
    assert answer.value is not None
    assert answer.low == answer.high == answer.text  # the plan's medians know no seed
    assert answer.trials[0].holds is False


def trace(folder: Path, jobs: int = 400) -> Path:
    dice = np.random.default_rng(3)
    submit = np.cumsum(dice.exponential(20, jobs)).astype(int)
    rows = zip(submit, dice.integers(1, 900, jobs), dice.choice([1, 2, 4], jobs), strict=True)
    path = folder / "t.csv"
    path.write_text("job_id,submit_s,run_s,gpus\n" + "".join(f"{k},{s},{r},{g}\n" for k, (s, r, g) in enumerate(rows)))
    return path


COLUMNS = {one: one for one in ("job_id", "submit_s", "run_s", "gpus")}


def test_replays_over_policies_are_the_replays_themselves(tmp_path: Path) -> None:
    path = trace(tmp_path)
    found = gc.sweep(path, kind="replay", vary={"policy": ["fcfs", "sjf", "easy", "srtf"], "gpus": (30, 60)}, samples=2,
                     format="csv", columns=COLUMNS, out=tmp_path / "s", workers=2)  # fmt: skip
    assert len(found) == 8
    for k, row in enumerate(found.table.select(["policy", "gpus", "wait_mean_s", "utilisation_fraction"]).to_pylist()):
        asked = gc.replay(path, policy=row["policy"], gpus=int(row["gpus"]), format="csv", columns=COLUMNS)
        numbers = flat(asked.summary)
        for name in ("wait_mean_s", "jct_p99_s", "makespan_s", "utilisation_fraction", "gpu_hours", "restarts"):
            assert found.column(name)[k] == pytest.approx(numbers[name], rel=1e-12), name


@pytest.mark.parametrize("is_sorted", [True, False])
@pytest.mark.parametrize("policy", ["fcfs", "easy", "sjf-easy", "fair", "las", "conservative"])
def test_a_replay_in_a_sweep_is_the_replay_to_the_bit(tmp_path: Path, policy: str, is_sorted: bool) -> None:
    from gigacampus.replay import Asked

    path, restart_s = trace(tmp_path), 30 if policy == "las" else 0
    if not is_sorted:
        head, *rows = path.read_text().splitlines()
        path.write_text("\n".join([head, *rows[200:], "zero,50,60,0", *rows[:200]]) + "\n")
    base = Asked(str(path), format="csv", columns=COLUMNS, policy=policy, estimates="factor:1..5", restart_s=restart_s)
    for gpus in (31, 45, 400):
        lean = replayed(base, (f"gpus={gpus}",), 7)
        whole = gc.replay(path, policy=policy, gpus=gpus, format="csv", columns=COLUMNS, estimates="factor:1..5",
                          restart_s=restart_s, seed=7)  # fmt: skip
        numbers = flat(whole.summary)
        assert len(lean) > 15
        assert repr(lean) == repr({name: numbers[name] for name in lean})


def test_a_changed_file_of_an_option_makes_another_run(tmp_path: Path) -> None:
    from gigacampus.replay import Asked
    from gigacampus.sweep.replays import said

    mine, table = tmp_path / "mine.py", tmp_path / "speeds.csv"
    asked = Asked("t.csv", policy=f"{mine}:longest-easy", floor=FloorAsked(throughput=str(table)))
    told = []
    for policy, speeds in (("1", "1"), ("2", "1"), ("2", "2"), ("2", "2")):
        mine.write_text(policy)
        table.write_text(speeds)
        told.append(said(asked))
    assert len(set(told)) == 3
    assert told[2] == told[3]


def test_options_of_racks_and_halls_vary_too(tmp_path: Path) -> None:
    from gigacampus.replay import Asked
    from gigacampus.sweep.replays import asked_of

    base = Asked(str(trace(tmp_path)), format="csv", columns=COLUMNS, gpus=32, gpus_per_node=8, placement="packed",
                 floor=FloorAsked(failures="default"))  # fmt: skip
    study = Study(kind="replay", replay=base, vary=("nodes_per_rack=2,4", "checkpoint_s=0..3600:3"))
    plan = planned(study)
    asked = [asked_of(base, point.overrides, None).floor for point in plan.points()]
    assert [(one.nodes_per_rack, one.checkpoint_s) for one in asked] == [
        (2, 0), (2, 1800), (2, 3600), (4, 0), (4, 1800), (4, 3600),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="did you mean"):
        planned(Study(kind="replay", replay=base, vary=("node_per_rack=2,4",)))


def test_replays_with_options_of_their_own_are_played_whole(tmp_path: Path) -> None:
    from gigacampus.replay import Asked

    base = Asked(str(trace(tmp_path)), format="csv", columns=COLUMNS, gpus=32, gpus_per_node=8, placement="packed")
    assert replayed(base, (), None)["finished"] == 400


def test_what_drives_an_outcome(tmp_path: Path) -> None:
    found = gc.sweep(cube, vary={"x": (0, 10), "kind": ["0", "1"]}, samples=50, out=tmp_path)
    first, second = tornado(found, "y")
    assert (first.path, second.path) == ("x", "kind")
    assert first.rank == pytest.approx(1.0)
    assert tornado(found, "minus")[0].rank == pytest.approx(-1.0)
    with pytest.raises(UsageError, match="did you mean"):
        found.column("minuz")


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=25))
def test_the_front_is_beaten_by_none(pairs: list[tuple[int, int]]) -> None:
    one, two = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    kept = set(front(one, two).tolist())
    for k in range(len(pairs)):
        beaten = any(
            one[j] <= one[k] and two[j] <= two[k] and (one[j] < one[k] or two[j] < two[k]) for j in range(len(pairs))
        )
        assert (k not in kept) == beaten


BAD = {
    "unknown path": ({"vary": {"campus.instal_rate": "1,2"}}, "instal_rate"),
    "empty range": ({"vary": {RATE: "20..4 racks/day"}, "samples": 4}, "20..4"),
    "a billion runs": ({"vary": {RATE: "4..20 racks/day"}, "samples": 10**9}, "1,000,000,000 runs"),
    "no samples": ({"vary": {RATE: "4..20 racks/day"}}, "no list of values"),
    "a word for a number": ({"vary": {RATE: "fast"}}, "fast"),
    "an unknown variant": ({"variants": ["nobody"]}, "nobody"),
    "a key that is none": ({"varry": {RATE: "1,2"}}, "varry"),
    "samples in words": ({"samples": "many"}, "many"),
    "one key twice": ({"vary": [f"{RATE}=1 racks/day", f"{RATE}=2 racks/day"]}, "twice"),
}


@pytest.mark.parametrize(("told", "named"), BAD.values(), ids=BAD.keys())
def test_a_bad_study_is_one_clear_error_before_any_run(told: dict[str, Any], named: str, tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(json.dumps({"scenario": "one-hall", "kind": "plan", **told}))
    with pytest.raises(InputError) as caught:
        sweep(read_study(path)[0], tmp_path / "out")
    assert named in str(caught.value)
    assert not (tmp_path / "out").exists()
    assert {fault.file for fault in caught.value.faults} == {str(path)}


def test_all_faults_of_a_study_come_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("scenario: one-hall\nkind: plan\nvary:\n  campus.install_rate: [4 racks/day, banana]\n"
                    "  campus.instal_rate: 4..20 racks/day\nvariants: [nobody, base, late-power+nein]\n")  # fmt: skip
    with pytest.raises(InputError) as caught:
        sweep(read_study(path)[0], tmp_path / "out")
    assert [(fault.line, fault.code) for fault in caught.value.faults] == [
        (4, "S104"), (5, "S102"), (6, "S201"), (6, "S201"),
    ]  # fmt: skip
    path.write_text("scenario: one-hall\nkind: nope\nvary: 3\nsamples: many\nzoo: 1\nfind: a=1..2\n")
    with pytest.raises(InputError) as caught:
        sweep(read_study(path)[0], tmp_path / "out")
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4, 5, 6]


def test_faults_of_the_scenario_and_of_its_study_come_together(tmp_path: Path) -> None:
    scenario, path = tmp_path / "s.yaml", tmp_path / "study.yaml"
    scenario.write_text("extends: one-hall\ncampus: {owner: nobody}\nsite: {utc_offset_h: 99}\nseed: 2\nseed: 3\n")
    text = "scenario: s.yaml\nkind: plan\nsamples: many\nvary:\n  campus.install_rate: [4 racks/day, banana]\n"
    text += "  site.utc_offset_h: 2..77\n  campus.zzz: [1]\n  deal.quotas.national.cap: {a: 1}\n"
    text += "set: {campus.zz: 3}\nvariants: [nobody]\nfind: a=1..2\n"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        sweep(read_study(path)[0], tmp_path / "out")
    assert [(Path(one.file).name, one.line, one.code) for one in caught.value.faults] == [
        ("study.yaml", 3, "S103"), ("study.yaml", 5, "S104"), ("study.yaml", 6, "S106"), ("study.yaml", 7, "S102"),
        ("study.yaml", 8, "S103"), ("study.yaml", 9, "S102"), ("study.yaml", 10, "S201"), ("study.yaml", 11, "Y006"),
        ("s.yaml", 2, "S301"), ("s.yaml", 3, "S106"), ("s.yaml", 5, "S010"),
    ]  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_a_file_that_cannot_be_read_ends_a_sweep_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("time,db_c\n1,2\n")
    (tmp_path / "s.yaml").write_text("extends: one-hall\nsite: {weather: ./w.csv}\n")
    study = Study(str(tmp_path / "s.yaml"), "run", ("seed=1,2",))
    with pytest.raises(InputError, match="W008"):
        sweep(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert planned(replace(study, kind="plan")).total == 2  # a plan needs no weather


def test_what_a_study_says_wrongly_makes_nothing_else_wrong(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    text = "scenario: one-hall\nkind: plan\nvary: {campus.install_rate: 4..20 racks/day}\n"
    assert _told(path, text + "samples: many\n") == [(4, "S103")]
    assert _told(path, text + "samples: 4\nset: {campus.install_rate: {str: 1}}\n") == [(5, "S103")]
    assert _told(path, "scenario: one-hall\nvary: text\nsamples: 4\n") == [(2, "S103")]


def _told(path: Path, text: str) -> list[tuple[int, str]]:
    """Line and code of the faults of a study, or of its search."""
    path.write_text(text)
    study, where = read_study(path)
    with pytest.raises(InputError) as caught:
        find(study, where.find, where.until, path.parent / "out") if where.find else planned(study)
    assert not (path.parent / "out").exists()
    return [(fault.line, fault.code) for fault in caught.value.faults]


def test_what_is_set_or_looked_for_wrongly_is_told_with_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    text = "scenario: one-hall\nkind: plan\nset: {campus.commissioning: 5 GW}\n"
    more = "vary: {campus.nope: [1]}\nvariants: [nobody]\n"
    assert _told(path, text + more) == [(3, "S104"), (4, "S102"), (5, "S201")]
    assert _told(path, text + "find: campus.nope=1..2\nuntil: a<<3\n") == [(3, "S104"), (4, "S102"), (5, "Y006")]


def test_all_faults_of_a_study_of_replays_come_at_once_with_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "trace: nolog\nvary:\n  policy: [nope, fcfs]\n  gpus: [x, 4, y]\n"
    assert _told(tmp_path / "study.yaml", text) == [(1, "T001"), (3, "E202"), (4, "Y002"), (4, "Y002")]
    assert call(monkeypatch, "sweep", "nolog", "--kind", "replay") == 2
    assert "T001" in capsys.readouterr().err


def test_a_number_that_no_run_has_is_told_with_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("sweep", "one-hall", "--kind", "plan", "--out", "s", "--workers", "1", "--measure")
    assert call(monkeypatch, *command, "zzz") == 2
    told = capsys.readouterr().err
    assert "kept" in told
    assert "nothing was written" not in told
    assert call(monkeypatch, *command, "live_chips", "--json") == 0
    assert json.loads(capsys.readouterr().out)["played"] == 0


def test_a_folder_that_cannot_be_written_and_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        sweep(Study("one-hall", "plan"), tmp_path / "file" / "out")


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gigacampus.sweep import executors

    monkeypatch.setattr(executors, "ANSWER_S", 1)
    with pytest.raises(UsageError, match="does not answer"):
        sweep(Study("one-hall", "plan"), tmp_path / "s", cluster="tcp://127.0.0.1:9")


def test_the_command_reads_a_study_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trace(tmp_path)
    text = "trace: t.csv\nformat: csv\nvary: {policy: [fcfs, easy], gpus: 30}\nout: here\n"
    (tmp_path / "study.yaml").write_text(
        text + "columns: {job_id: job_id, submit_s: submit_s, run_s: run_s, gpus: gpus}\n"
    )
    assert call(monkeypatch, "sweep", "--study", "study.yaml", "--json", "--workers", "1") == 0
    assert json.loads(capsys.readouterr().out)["played"] == 2
    assert (tmp_path / "here" / "report.html").stat().st_size > 1e6
    assert call(monkeypatch, "sql", "here", "select policy from results order by 1", "--format", "csv") == 0
    assert capsys.readouterr().out.split() == ['"policy"', '"easy"', '"fcfs"']
    assert call(monkeypatch, "sweep") == 2
    assert call(monkeypatch, "sweep", "one-hall", "--find", "a=1..2") == 2
