"""Quotas, deadlines, planned runs and functions of one's own, the whole way through the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gigacampus.engine.rules import RULES
from gigacampus.errors import UsageError
from gigacampus.replay import Asked, replay
from tests.replay.running import call, replayed

NEVER = 2**63 - 1
HEADER = "job_id,submit_s,run_s,gpus,tenant,priority\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + "a,0,100,6,lab,0\nb,0,100,2,lab,0\nc,10,20,4,school,0\nd,12,5,2,lab,0\n")
    return path


def quotas(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "quotas.csv"
    path.write_text(text)
    return path


def test_idle_quota_is_lent_and_taken_back(log: Path, tmp_path: Path) -> None:
    """lab borrows half of the machine; school takes its 4 GPUs back from the job that is enough alone."""
    file = quotas(tmp_path, "tenant,gpus\nlab,4\nschool,4\n")
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "quota", "--quotas", file)
    assert jobs["start_s"] == [0, 0, 10, 100]
    assert jobs["restarts"] == [1, 0, 0, 0]
    assert jobs["end_s"] == [120, 100, 30, 105]
    assert summary["restarts"] == 1


def test_limits_to_borrowing_and_lending_hold(log: Path, tmp_path: Path) -> None:
    for text, told in (("lab,4,1,\nschool,4,,\n", "hold 5"), ("lab,4,,\nschool,4,,1\n", "hold 5")):
        file = quotas(tmp_path, "tenant,gpus,borrow,lend\n" + text)
        assert call(log, "--gpus", 8, "--policy", "quota", "--quotas", file, "--out", tmp_path / "no", "--quiet") == 2
        jobs, summary = replayed(
            tmp_path / "out", log, "--gpus", 8, "--policy", "quota-easy", "--quotas", file, "--skip-unfit"
        )
        assert jobs["start_s"] == [NEVER, 0, 10, 12], told
        assert summary["unplaced"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "tenant,gpus\nlab,9\n", "tenant\nlab\n", "tenant,gpus\nlab,x\n", "tenant,gpus\nlab,-1\n",
        "tenant,gpus,more\nlab,1,1\n", "tenant,gpus\nlab,1\nlab,1\n",
    ],
)  # fmt: skip
def test_faulty_quotas_are_refused(log: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = quotas(tmp_path, text)
    assert call(log, "--gpus", 8, "--policy", "quota", "--quotas", file, "--out", tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert "quotas.csv" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_a_planned_run_starts_on_time(tmp_path: Path) -> None:
    """b would run into the planned run, c ends before it; a starts to the second, under every policy."""
    log = tmp_path / "log.csv"
    log.write_text("job_id,submit_s,run_s,gpus,planned_s,deadline_s\na,0,50,8,60,500\nb,1,80,4,,90\nc,1,40,4,,95\n")
    for policy in [name for name in RULES if not name.startswith("quota")]:
        jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", policy)
        assert jobs["start_s"][0] == 60, policy
        assert (summary["planned_runs"], summary["planned_late"]) == (1, 0)
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "easy")
    assert jobs["start_s"] == [60, 110, 1]


def test_a_job_may_not_start_before_its_time(log: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text("job_id,begin_s,deadline_s\nb,40,130\nd,,16\n")
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--plan", plan, "--policy", "easy")
    assert jobs["start_s"] == [0, 40, 100, 12]
    assert jobs["wait_s"][1] == 40
    assert (summary["deadline_jobs"], summary["deadline_missed"]) == (2, 2)
    assert summary["tardiness_mean_s"] == pytest.approx((10 + 1) / 2)


def test_the_earliest_deadline_goes_first(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("job_id,submit_s,run_s,gpus\na,0,10,1\nb,1,9,1\nc,2,3,1\n")
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 1, "--policy", "deadline", "--slack", 2)
    assert jobs["start_s"] == [0, 13, 10]
    assert summary["deadline_missed"] == 2


def test_plans_that_name_nothing_are_refused(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faulty = {"job_id,begin_s\nx,1\n": "no job 'x'", "job_id,begin_s\na,soon\n": "'soon'", "id\na\n": "job_id"}
    for text, told in faulty.items():
        (tmp_path / "plan.csv").write_text(text)
        assert call(log, "--gpus", 8, "--plan", tmp_path / "plan.csv", "--out", tmp_path / "out") == 2
        assert told in capsys.readouterr().err


@pytest.mark.parametrize("policy", list(RULES))
def test_every_policy_takes_nodes_and_every_rule_on_estimates(log: Path, tmp_path: Path, policy: str) -> None:
    more: dict[str, Any] = {}
    if policy.startswith("quota"):
        more["quotas"] = str(quotas(tmp_path, "tenant,gpus\nlab,4\nschool,4\n"))
    asked = {"gpus": 8, "policy": policy, "slack": 3.0} | more
    for estimates in ("trace", "exact", "none", "user-history", "factor:1..3"):
        for overrun in ("keep", "kill", "extend"):
            for nodes in ({}, {"gpus_per_node": 4, "placement": "bestfit"}):
                options = asked | {"estimates": estimates, "overrun": overrun} | nodes
                found = replay(Asked(str(log), skip_unfit=True, **options))  # type: ignore[arg-type]
                assert found.summary["finished"] == 4
                assert found.summary["estimates"] == estimates


def test_functions_of_ones_own_place_and_order(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from gigacampus.engine import NONE, order_key, placement\n\n"
        "@order_key\ndef smallest(view, j):\n    return view.jobs[j]['gpus']\n\n"
        "@placement\ndef last(view, j):\n"
        "    for n in range(len(view.nodes) - 1, -1, -1):\n"
        "        if view.nodes[n]['gpus_free'] >= min(view.jobs[j]['gpus'], 2):\n            return n\n"
        "    return NONE\n"
    )
    common = (log, "--gpus", 8, "--gpus-per-node", 2)
    jobs, summary = replayed(
        tmp_path / "out", *common, "--policy", f"{path}:smallest-easy", "--placement", f"{path}:last"
    )
    assert jobs["start_s"][:2] == [0, 0]
    assert jobs["node"][:2] == ["node0;node1;node2", "node3"]
    assert summary["placement"].endswith(":last")
    with pytest.raises(UsageError, match="needs nodes"):
        replay(Asked(str(log), gpus=8, placement=f"{path}:last"))
