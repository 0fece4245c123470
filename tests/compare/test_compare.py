"""`compare`: what differs in the inputs, what moved in the results, and because of what."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigacampus import results
from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.compare import compare
from gigacampus.compare.because import grouped, separable
from gigacampus.compare.case import Case
from gigacampus.compare.changes import changes, worked_in
from gigacampus.compare.intervals import of_mean, t_975
from gigacampus.compare.shapley import shapley, subsets
from gigacampus.compare.subject import subjects
from gigacampus.errors import InputError, UsageError
from gigacampus.plan import plan
from gigacampus.replay import Asked, replay
from gigacampus.report.comparison import render
from gigacampus.scenario import load
from gigacampus.scenario.identity import identity


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["gigacampus", *words])
    return reported(gigacampus)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_shapley_of_a_sum_is_each_part(parts: list[float]) -> None:
    found = shapley(len(parts), lambda one: np.array(sum(parts[k] for k in sorted(one))))
    assert found == pytest.approx(np.array(parts), abs=1e-6)


@given(st.integers(1, 4), st.randoms(use_true_random=False))
def test_shapley_adds_up_and_gives_equals_the_same(players: int, random) -> None:  # type: ignore[no-untyped-def]
    worth = {one: np.array(random.uniform(-1, 1)) for one in subsets(players)}
    found = shapley(players, worth)
    assert found.sum() == pytest.approx(float(worth[frozenset(range(players))] - worth[frozenset()]))
    sizes = shapley(players, lambda one: np.array(float(len(one) ** 2)))
    assert sizes == pytest.approx(np.full(players, players))


def test_the_glove_game_of_the_textbook() -> None:
    """One left glove, two right ones; a pair is worth 1. Shapley: 2/3, 1/6, 1/6."""
    found = shapley(3, lambda one: np.array(float(0 in one and len(one) > 1)))
    assert found == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_changes_count_what_is_said_and_not_how() -> None:
    base = load("one-hall")
    assert changes(base, load("one-hall", (), [f"campus.install_rate='{base.campus.install_rate.text}'"])) == []
    found = changes(base, load("one-hall", ["late-power"], ["campus.install_rate='3 racks/day'"], 9))
    assert {"campus.install_rate", "seed"} <= {one.path for one in found}
    assert len(found) == 3
    assert next(one for one in found if one.path == "seed").said == f"seed: {base.seed} → 9"


def test_part_of_a_change_can_be_worked_in() -> None:
    base = load("stargate-uae")
    other = load("stargate-uae", ["approval-delay-6m"])
    listed = changes(base, other)
    half = worked_in(base, other, listed[:1])
    assert half is not None
    assert changes(base, half) == listed[:1]
    whole = worked_in(base, other, listed)
    assert whole is not None
    assert changes(other, whole) == []
    back = worked_in(other, base, changes(other, base))
    assert back is not None
    assert identity(back) == identity(base)


def test_changes_that_need_each_other_count_together() -> None:
    base, other = load("stargate-uae"), load("stargate-uae", ["as-the-article-says"])
    causes, made = separable(base, other, grouped(changes(base, other)))
    assert len(made) == 2 ** len(causes)
    assert sum(len(one.changes) for one in causes) == len(changes(base, other))


def test_whose_share_falls_by_how_much_and_why() -> None:
    (xai,) = compare("stargate-uae", variants=["xai-share"], kind="plan").others
    assert "OpenAI's share of the campus falls from 70 % to 56 %" in " ".join(xai.sentences)
    assert "Because: xAI takes 20 % of the 1 GW block" in " ".join(xai.sentences)


@pytest.mark.slow
def test_xai_and_the_delay_are_told_in_words() -> None:
    """Issue 8: in words whose share fell by how much and why; parts of each number add up."""
    found = compare("stargate-uae", variants=["xai-share", "approval-delay-6m"], kind="plan")
    names = [one.case.name for one in found.others]
    assert names == ["xai-share", "approval-delay-6m", "xai-share+approval-delay-6m"]
    xai, delay, both = found.others
    assert "OpenAI's share of the campus falls from 70 % to 56 %" in " ".join(xai.sentences)
    assert "xAI takes 20 % of the 1 GW block" in " ".join(xai.sentences)
    assert {one.since for one in xai.parties} == {"2027-01"}
    assert any("deal.licences.oracle-2027.issued" in one for one in delay.sentences)
    assert sum(one.h100e_months for one in xai.parties if one.role == "tenant") == pytest.approx(0.0, abs=1.0)
    for pair in (delay, both):
        assert pair.because is not None
        for move in pair.moves:
            if move.key in pair.because.parts:
                assert pair.because.parts[move.key].sum() == pytest.approx(
                    move.new - move.old, abs=1e-6 * abs(move.new)
                )
    told = json.loads(found.to_json())
    assert told["changed"] is True
    assert told["cases"][2]["because"]["contributions"]["parties.openai.tenant.h100e_months"].keys() == {
        "xai-share", "approval-delay-6m",
    }  # fmt: skip
    page = render(found.as_dict(), found.series())
    assert page.count('class="chart"') >= 4
    assert 'http-equiv="Content-Security-Policy"' in page


def test_faults_of_all_that_is_compared_come_at_once(tmp_path: Path) -> None:
    for name, text in (("a", "seed: -1"), ("b", "campus: {owner: nobody}")):
        (tmp_path / f"{name}.yaml").write_text(f"extends: one-hall\n{text}\n")
    good, bad = "one-hall", [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    with pytest.raises(InputError) as caught:
        subjects([good, *bad], ["late-power", "nope"], ["campus.zzz=1"], None, together=True)
    assert [one.code for one in caught.value.faults] == ["S102", "S106", "S301", "S201"]
    with pytest.raises(InputError) as caught:
        subjects([bad[0], "late-power", f"{bad[1]}+late-power", "./nowhere.yaml"], ["nope"], (), None, together=True)
    assert [one.code for one in caught.value.faults] == ["S106", "S301", "S001", "S201"]


def test_the_files_of_all_that_is_compared_are_looked_at_first(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("time,db_c\n1,2\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"extends: one-hall\nsite: {{weather: ./w.csv, events: {name}}}\n")
        (tmp_path / name).write_text("x\n")
    words = [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    with pytest.raises(InputError) as caught:
        subjects(words, (), (), None, together=True)
    assert [one.code for one in caught.value.faults] == ["W008", "W021", "W021"]
    assert len(subjects(words, (), (), None, together=True, plays=False)) == 2


def test_identical_cases_are_told() -> None:
    found = compare("one-hall", "one-hall", variants=["late-power"], kind="plan")
    assert found.same == [["one-hall", "one-hall"]]
    assert not compare("one-hall", "one-hall", kind="plan").is_changed
    assert "gives the same numbers" in found.others[0].sentences[0]


def test_the_command_answers_4_on_a_change(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    plain = ("compare", "one-hall", "--plan", "--fail-on-change")
    assert call(monkeypatch, *plain, "one-hall+late-power", "--json", "--out", "c.html") == 4
    assert json.loads(capsys.readouterr().out)["cases"][0]["name"] == "late-power"
    assert Path("c.html").stat().st_size > 1e6
    assert call(monkeypatch, *plain, "one-hall") == 0
    assert call(monkeypatch, *plain, "late-power", "--out", "c.html") == 2
    assert call(monkeypatch, "compare", "one-hall") == 2
    assert "nothing to compare with" in capsys.readouterr().err


def test_finished_runs_are_read_and_not_played(tmp_path: Path) -> None:
    for name, variants in (("a", ()), ("b", ("late-power",))):
        results.write(plan(load("one-hall", variants)), tmp_path / name)
    found = compare(tmp_path / "a", tmp_path / "b", kind="plan")
    assert [one.path for one in found.others[0].changes] == ["campus.halls.0.power_on"] or found.others[0].changes
    assert found.is_changed
    assert found.others[0].because is not None
    assert not compare(tmp_path / "a", tmp_path / "a", kind="plan").is_changed
    with pytest.raises(UsageError, match="variants"):
        compare(tmp_path / "a", variants=["late-power"])


def test_two_replays_of_one_trace(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("job_id,submit_s,run_s,gpus\n1,0,100,4\n2,1,10,4\n3,2,1,1\n")
    for policy in ("fcfs", "sjf"):
        asked = Asked(str(tmp_path / "t.csv"), format="csv", gpus=4, policy=policy,
                      columns={one: one for one in ("job_id", "submit_s", "run_s", "gpus")})  # fmt: skip
        results.write(replay(asked), tmp_path / policy)
    found = compare(tmp_path / "fcfs", tmp_path / "sjf")
    assert [(one.path, one.old, one.new) for one in found.others[0].changes] == [("policy", "fcfs", "sjf")]
    assert "wait" in " ".join(found.others[0].sentences)
    with pytest.raises(UsageError, match="no results in common"):
        compare(tmp_path / "fcfs", "one-hall")


def test_a_plan_and_a_run_share_their_build_out_alone(tmp_path: Path) -> None:
    results.write(plan(load("one-hall")), tmp_path / "plan")
    found = compare(tmp_path / "plan", "one-hall", cache=None)
    assert found.others[0].sentences == ["The campus holds the same chips in every month (2,880 live at the end)."]
    assert not found.others[0].parties
    assert "is a plan alone" in found.others[0].notes[0]


def test_samples_are_paired() -> None:
    """The same draws meet both cases: an identical case has no spread at all in its difference."""
    found = compare("one-hall", "one-hall", "one-hall+late-power", kind="plan", draws=50)
    same = next(one for one in found.others[0].moves if one.key == "live_chips")
    assert (same.low, same.high) == (0.0, 0.0)
    assert "paired" in same.interval


def test_a_case_comes_back_from_the_cache(tmp_path: Path) -> None:
    first = compare("one-hall", "late-power", kind="plan")
    kept = list((tmp_path / "cache").rglob("*.json"))
    assert kept
    for path in kept:
        case = Case.from_json(path.read_text())
        assert case.as_json() == path.read_text()
    assert compare("one-hall", "late-power", kind="plan").as_dict() == first.as_dict()
    for path in kept:
        path.write_text("{")
    assert compare("one-hall", "late-power", kind="plan").as_dict() == first.as_dict()


def test_students_interval() -> None:
    assert t_975(9) == pytest.approx(2.262)
    assert t_975(60) == pytest.approx(2.000, abs=2e-3)
    low, high = of_mean(np.array([1.0, 2.0, 3.0])) or (math.nan, math.nan)
    assert (low, high) == pytest.approx((2 - 4.303 / math.sqrt(3), 2 + 4.303 / math.sqrt(3)))
    assert of_mean(np.array([1.0])) is None


@pytest.mark.slow
def test_whole_runs_with_seeds() -> None:
    found = compare("one-hall", "late-power", seeds=3)
    wait = next(one for one in found.others[0].moves if one.key == "wait_mean_s")
    assert wait.low <= wait.high
    assert any(one.usd for one in found.others[0].parties)


@pytest.mark.slow
def test_the_articles_version_beside_the_evidence() -> None:
    found = compare("stargate-uae", variants=["as-the-article-says", "approval-needs-xai"], kind="plan")
    text = str(found)
    assert "as-the-article-says [alleged]" in text
    assert "Live chips at the end: 299,500 →" in text
