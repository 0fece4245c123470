"""`replay` on a floor, through the command line: tables, figures, the same failures, and errors that say where."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.replay.running import call, replayed, swf

MACHINE = ("--gpus", 16, "--gpus-per-node", 2, "--nodes-per-rack", 2, "--racks-per-pod", 2, "--racks-per-hall", 2)
ROWS = [(i * 50, 400 + i, -1, 1 + (i * 7) % 9) for i in range(60)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return swf(tmp_path / "log.swf", ROWS)


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def rows(folder: Path, name: str) -> list[dict[str, object]]:
    return pq.read_table(folder / "tables" / f"{name}.parquet").to_pylist()


def test_two_policies_meet_the_same_failures(tmp_path: Path, log: Path) -> None:
    parts = table(tmp_path / "parts.csv", "component,unit,per_year,repair_s\ngpu,gpu,4000,300\nrack,rack,9000,200\n")
    told = {}
    for policy in ("fcfs", "easy", "sjf"):
        out = tmp_path / policy
        jobs, summary = replayed(out, log, *MACHINE, "--policy", policy, "--failures", parts, "--checkpoint", 100)
        assert summary["finished"] == 60
        assert summary["broken_off_failed"] > 0
        assert summary["lost_failed_gpu_h"] > 0
        assert sum(jobs["restarts"]) == summary["broken_off_failed"]
        told[policy] = [(one["at_s"], one["until_s"], one["cause"], one["first_node"]) for one in rows(out, "outages")]
    least = min(map(len, told.values()))
    assert least > 10
    assert told["fcfs"][:least] == told["easy"][:least] == told["sjf"][:least]
    assert {"gpu", "rack"} == {cause for _, _, cause, _ in told["fcfs"]}


def test_default_rates_need_no_table(tmp_path: Path, log: Path) -> None:
    _, summary = replayed(tmp_path / "out", log, *MACHINE, "--failures", "default")
    assert summary["failures"] >= 0
    assert any("failures of their own machine" in note for note in summary["notes"])


def test_needs_limits_outages_and_speeds_from_tables(tmp_path: Path, log: Path) -> None:
    needs = table(tmp_path / "needs.csv", "job_id,halls,domain_gpus,watts_per_gpu,class\n1,hall1,,,\n,,4,500,big\n")
    limits = table(tmp_path / "limits.csv", "at_s,of,which,value\n0,campus_w,,6000\n500,campus_w,,\n")
    stated = table(tmp_path / "out.csv", "at_s,until_s,what,which,notice_s\n100,200,rack,rack0,50\n300,400,hall,1,\n")
    speeds = table(tmp_path / "speed.csv", "class,racks,speed\n*,1,1\nbig,1,1\nbig,2,0.8\n")
    out = tmp_path / "run"
    _, summary = replayed(
        out, log, *MACHINE, "--policy", "easy", "--needs", needs, "--limits", limits, "--outages", stated,
        "--throughput", speeds,
    )  # fmt: skip
    assert summary["finished"] == 60
    assert summary["held_back_for_power_gpu_h"] > 0
    stays = rows(out, "stays")
    first = next(one for one in stays if one["job_id"] == "1")
    assert first["first_node"] in {"node4", "node5", "node6", "node7"}
    assert any(one["racks"] > 1 for one in stays)
    assert [(one["nodes"], one["is_planned"]) for one in rows(out, "outages")] == [(2, True), (4, False)]
    assert any("over the speed of where it stands" in note for note in summary["notes"])


def test_a_node_list_may_name_racks_halls_and_tenants(tmp_path: Path) -> None:
    header = "node,gpus,cpu_milli,memory_mib,gpu_spec,rack,hall,tenants\n"
    lines = [f"n{i},2,0,0,{'AB'[i % 2]},r{i % 3},h{i % 3 // 2},{'vip' if i % 3 == 2 else ''}\n" for i in range(9)]
    nodes = table(tmp_path / "nodes.csv", header + "".join(lines))
    log = table(
        tmp_path / "jobs.csv", "job_id,submit_s,run_s,gpus,tenant\na,0,10,4,vip\nb,0,10,4,plain\nc,0,10,6,plain\n"
    )
    needs = table(tmp_path / "needs.csv", "tenant,likes_halls,models\nvip,h1,\nplain,,A|B\n")
    jobs, _ = replayed(tmp_path / "out", log, "--format", "csv", "--cluster", nodes, "--needs", needs)
    assert jobs["node"][0] == "n2;n5"
    assert not {"n2", "n5", "n8"} & set(";".join(jobs["node"][1:]).split(";"))
    assert jobs["start_s"] == [0, 0, 0]


@pytest.mark.parametrize(("policy", "starts"), [("fcfs", [60, 110, 110]), ("easy", [60, 110, 1])])
def test_gpus_are_kept_free_on_racks_for_a_planned_run(tmp_path: Path, policy: str, starts: list[int]) -> None:
    lines = "a,0,50,8,60\nb,1,80,4,\nc,1,40,4,\n"
    log = table(tmp_path / "jobs.csv", f"job_id,submit_s,run_s,gpus,planned_s\n{lines}")
    machine = ("--gpus", 8, "--gpus-per-node", 2, "--nodes-per-rack", 2)
    assert replayed(tmp_path / "out", log, "--format", "csv", *machine, "--policy", policy)[0]["start_s"] == starts


@pytest.mark.parametrize(("column", "starts"), [("", [0, 20, 0]), (",tenant", [0, 20, 20])])
def test_where_nobody_is_told_apart_a_limit_is_what_there_is(tmp_path: Path, column: str, starts: list[int]) -> None:
    jobs = zip("abc", ("0,20,6", "0,10,4", "0,20,2"), strict=True)
    lines = "".join(f"{name},{row}{',lab' if column else ''}\n" for name, row in jobs)
    log = table(tmp_path / "jobs.csv", f"job_id,submit_s,run_s,gpus{column}\n{lines}")
    limits = table(tmp_path / "limits.csv", f"at_s,of,which,value\n0,tenant_gpus,{'lab' if column else ''},8\n")
    options = ("--format", "csv", *MACHINE, "--policy", "easy", "--limits", limits)
    assert replayed(tmp_path / "out", log, *options)[0]["start_s"] == starts


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("--failures", "component,unit,per_year\na,gpu,1\n", "no column repair_s"),
        ("--failures", "component,unit,per_year,repair_s\na,plane,1,5\nb,gpu,-1,5\n", "2 faults"),
        ("--failures", "component,unit,per_year,repair_s,takes\na,hall,1,5,node\n", "takes at least itself"),
        ("--outages", "at_s,until_s,what,which\n5,4,node,node0\n1,2,rack,rack99\n", "2 faults"),
        ("--limits", "at_s,of,which,value\n0,hall_w,nowhere,5\n", 'no hall "nowhere"'),
        ("--limits", "at_s,of,which,value\n0,campus_w,,5\n", "no job has power"),
        ("--limits", "at_s,of,which,value\n0,wrong,,5\n0,hall_w,nowhere,5\n", "2 faults"),
        ("--limits", "at_s,of,which,value\n0,wrong,,5\n", "fix: one of tenant_gpus"),
        ("--limits", "at_s,of,which,value\n0,campus_w,,-5\n", "fix: a whole number of 0 or more, or nothing"),
        ("--needs", "halls\nnowhere\n", "no 'nowhere'"),
        ("--throughput", "racks,speed\n2,0.5\n", "no row for class"),
        *(
            ("--throughput", f"speed\n{speed}\n", "a number from 0.001 to 1,000")
            for speed in ("0", "0.0004", "nan", "1e9")
        ),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_says_where(
    tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, said: str
) -> None:
    path = table(tmp_path / "table.csv", text)
    assert call(log, *MACHINE, name, path, "--out", tmp_path / "out", "--quiet") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--checkpoint", 5), ("--requeue", "tail"), ("--power-slows", "linear"), ("--domain", "half"),
        ("--failures", "default", "--placement", "none"), ("--failures", "default", "--placement", "mine"),
        ("--failures", "default", "--placement", "mine.py:place"), ("--failures", "default", "--static"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(tmp_path: Path, log: Path, options: tuple[object, ...]) -> None:
    assert call(log, *MACHINE, *options, "--out", tmp_path / "out", "--quiet") == 2
    assert call(log, "--gpus", 16, "--failures", "default", "--out", tmp_path / "out", "--quiet") == 2


def test_a_policy_of_any_kind_meets_the_same_failures(tmp_path: Path, log: Path) -> None:
    parts = table(tmp_path / "parts.csv", "component,unit,per_year,repair_s\ngpu,gpu,4000,300\nrack,rack,9000,200\n")
    quotas = table(tmp_path / "quotas.csv", "tenant,gpus\n,16\n")
    mine = table(
        tmp_path / "mine.py",
        "from gigacampus.engine import NONE, policy\n\n\n@policy\ndef first(view):\n"
        "    for j in view.waiting:\n        if view.jobs[j]['gpus'] <= view.gpus_free:\n            return j\n"
        "    return NONE\n",
    )
    told = []
    for k, more in enumerate(
        (("fcfs",), ("srtf",), ("conservative",), ("quota-easy", "--quotas", quotas), ("deadline", "--slack", 2),
         (f"{mine}:first",))
    ):  # fmt: skip
        out = tmp_path / str(k)
        jobs, summary = replayed(out, log, *MACHINE, "--policy", *more, "--failures", parts, "--checkpoint", 100,
                                 "--requeue", ("head", "tail", "place")[k % 3])  # fmt: skip
        assert summary["finished"] == 60
        assert summary["broken_off_failed"] > 0
        stops = rows(out, "replay_stops" if (out / "tables" / "replay_stops.parquet").exists() else "stops")
        assert sum(one["cause"] == "failed" for one in stops) == summary["broken_off_failed"]
        assert sum(jobs["restarts"]) == len(stops)
        told.append([(one["at_s"], one["until_s"], one["cause"], one["first_node"]) for one in rows(out, "outages")])
    least = min(map(len, told))
    assert least > 10
    assert all(one[:least] == told[0][:least] for one in told)


def test_a_placement_of_ones_own_meets_the_same_failures(
    tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    parts = table(tmp_path / "parts.csv", "component,unit,per_year,repair_s\ngpu,gpu,4000,300\nrack,rack,9000,200\n")
    mine = table(
        tmp_path / "mine.py",
        "from gigacampus.engine import NONE, placement\n\n\n@placement\ndef low(view, j):\n"
        "    for n in range(len(view.nodes)):\n        if view.nodes[n]['gpus_free'] > 0:\n            return n\n"
        "    return NONE\n\n\n@placement\ndef stubborn(view, j):\n    return 0\n",
    )
    kept = {}
    for k, rule in enumerate(("packed", f"{mine}:low")):
        out = tmp_path / str(k)
        _, summary = replayed(out, log, *MACHINE, "--placement", rule, "--failures", parts, "--checkpoint", 100,
                              "--policy", "easy", "--policy", "srtf")  # fmt: skip
        assert summary["finished"] == 60
        assert summary["broken_off_failed"] > 0
        kept[rule] = [(one["at_s"], one["until_s"], one["cause"], one["first_node"]) for one in rows(out, "outages")]
    least = min(map(len, kept.values()))
    assert least > 10
    assert kept["packed"][:least] == kept[f"{mine}:low"][:least]
    capsys.readouterr()
    assert call(log, *MACHINE, "--placement", f"{mine}:stubborn", "--out", tmp_path / "out", "--quiet") == 2
    said = capsys.readouterr().err
    assert "E204" in said
    assert "stubborn returned node 0" in said
    assert str(mine) in said
    assert not (tmp_path / "out").exists()


def test_every_policy_plays_with_speeds_and_slower_for_want_of_power(tmp_path: Path, log: Path) -> None:
    limits = table(tmp_path / "limits.csv", "at_s,of,which,value\n0,campus_w,,6000\n900,campus_w,,\n")
    speeds = table(tmp_path / "speed.csv", "racks,speed\n1,1\n2,0.8\n")
    slowed = ("--limits", limits, "--power-slows", "linear", "--watts", 500)
    for policy in ("conservative", "srtf", "fair"):
        out = tmp_path / policy
        jobs, summary = replayed(out, log, *MACHINE, *slowed, "--throughput", speeds, "--policy", policy)
        assert summary["finished"] == 60
        assert summary["held_back_for_power_gpu_h"] == 0
        assert summary["lost_slowed_gpu_h"] > 0
        assert jobs["lost_s"][0] > 0


def test_a_job_beyond_its_estimate_may_come_as_a_surprise_when_broken_off(tmp_path: Path) -> None:
    lines = "".join(f"{row}\n" for row in ("a,0,100,1,10", "b,1,10,2,10", "c,2,12,1,12", "d,3,20,1,20"))
    log = table(tmp_path / "jobs.csv", f"job_id,submit_s,run_s,gpus,estimate_s\n{lines}")
    outages = table(tmp_path / "outages.csv", "at_s,until_s,what,which\n25,26,node,node0\n")
    machine = ("--gpus", 2, "--gpus-per-node", 1, "--nodes-per-rack", 2)
    options = ("--format", "csv", *machine, "--policy", "easy", "--outages", outages, "--checkpoint", 5)
    jobs, _ = replayed(tmp_path / "out", log, *options, "--overrun", "extend")
    # a keeps 25 s and is expected to need 40 in all, until 40 s: b waits for that, and c has room before it
    assert jobs["restarts"] == [1, 0, 0, 0]
    assert jobs["start_s"] == [0, 100, 26, 110]
    assert replayed(tmp_path / "kept", log, *options)[0]["start_s"] == [0, 101, 2, 14]


def test_every_policy_looks_at_limits_of_power(tmp_path: Path, log: Path) -> None:
    limits = table(
        tmp_path / "limits.csv", "at_s,of,which,value\n0,campus_w,,6000\n0,hall_w,hall0,2500\n900,campus_w,,\n"
    )
    needs = table(tmp_path / "needs.csv", "watts_per_gpu\n500\n")
    for policy in ("conservative", "srtf", "fair"):
        out = tmp_path / policy
        jobs, summary = replayed(out, log, *MACHINE, "--policy", policy, "--limits", limits, "--needs", needs)
        assert summary["finished"] == 60
        assert summary["held_back_for_power_gpu_h"] > 0
        begun = [(start, gpus) for start, gpus in zip(jobs["start_s"], jobs["gpus"], strict=True) if start < 100]
        assert 8 < sum(gpus for _, gpus in begun) <= 12


@pytest.mark.parametrize("policy", ["fcfs", "conservative"])
def test_nothing_is_held_back_after_the_last_end(tmp_path: Path, policy: str) -> None:
    lines = "a,0,100,16,red\nb,10,100,1,red\nc,20,100,1,blue\nd,5000,100,1,blue\n"
    log = table(tmp_path / "jobs.csv", f"job_id,submit_s,run_s,gpus,tenant\n{lines}")
    limits = table(tmp_path / "limits.csv", "at_s,of,which,value\n0,tenant_w,red,8000\n")
    late = table(tmp_path / "late.csv", "at_s,until_s,what,which\n90000,90100,node,0\n")
    machine = ("--gpus", 64, "--gpus-per-node", 8, "--limits", limits, "--watts", 1000, "--outages", late)
    _, summary = replayed(tmp_path / "out", log, *machine, "--policy", policy)
    assert summary["makespan_s"] == 5_100
    assert summary["held_back_for_power_gpu_h"] == pytest.approx(16 * 5_100 / 3_600)
