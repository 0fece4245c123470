"""Promised against there: cells, a slow twin by hand, when it runs out, by when to order, and what is refused."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.cli.check_ import command as check
from gigacampus.cli.plan_ import command
from gigacampus.clock import DAY_S, NEVER
from gigacampus.errors import InputError, ScenarioError, TraceError
from gigacampus.plan import plan
from gigacampus.plan.contracted import Contracted, contracted, offers
from gigacampus.plan.samples import samples
from gigacampus.scenario import extract, load
from gigacampus.scenario.premise import premise
from gigacampus.tables import Table
from gigacampus.tables.timeline import INSTALLS
from gigacampus.workload.readers.commitments import COLUMNS, read_commitments

HEAD = ",".join(COLUMNS) + "\n"
DAYS = st.integers(0, 80)


class _Plan:
    """A timeline of installs alone."""

    def __init__(self, installs: list[tuple[int, str, int]]) -> None:
        rows = [
            {"at_s": day * DAY_S, "hall_index": 0, "delivery_id": "", "party": "", "chip": chip, "chips": chips,
             "it_w": 0.0, "h100e": 0.0}
            for day, chip, chips in installs
        ]  # fmt: skip
        self.installs = Table.from_rows(INSTALLS, rows)


def held(tmp_path: Path, rows: str, installs: list[tuple[int, str, int]], *more: str) -> tuple[Contracted, Any]:
    file = tmp_path / "c.csv"
    file.write_text(HEAD + rows)
    scenario = load("one-hall", overrides=(f"commitments.file={file}", *more))
    found = contracted(scenario, _Plan(installs))  # type: ignore[arg-type]
    assert found is not None
    return found, scenario


def months(found: Contracted, chip: str, column: str) -> list[Any]:
    return list(found.months[column][found.months["chip"] == chip])


def test_months_by_hand(tmp_path: Path) -> None:
    rows = (
        "a,100,GB300,2026-01-10,,reserved,2,\nb,300,GB300,2026-02-05,2026-02-20,on-demand,4,1\n"
        "c,50,GB300,2026-01-01,2026-03-31,spot,1,50 %\n"
    )
    found, scenario = held(tmp_path, rows, [(20, "GB300", 150)], "commitments.installed={GB300: 60 chips}")
    assert scenario.start == date(2026, 1, 1)
    assert months(found, "GB300", "signed_chips")[:3] == [100, 400, 100]
    assert months(found, "GB300", "installed_chips")[:3] == [60, 210, 210]  # January's tightest day is before day 20
    assert months(found, "GB300", "oversold_chips")[:3] == [40, 190, 0]
    assert months(found, "GB300", "spare_chips")[:3] == [0, 0, 110]
    assert months(found, "GB300", "spot_chips")[0] == pytest.approx(25.0)
    assert months(found, "GB300", "revenue_usd")[0] == pytest.approx(24 * (22 * 100 * 2 + 31 * 25 * 1))
    end = next(found.run_out.rows())
    assert (end["p50_s"], end["p90_s"]) == (9 * DAY_S, 9 * DAY_S)
    assert scenario.clock.day(end["order_p50_s"]) == date(2025, 4, 10)  # nine calendar months before 10 January
    assert end["missing_p50_chips"] == 190


def test_offers_count_by_their_probability(tmp_path: Path) -> None:
    rows = "a,100,GB300,2026-01-01,,reserved,,1\nb,100,GB300,2026-02-01,,reserved,,30 %\n"
    found, scenario = held(tmp_path, rows, [(0, "GB300", 150)], "commitments.lead_time=60 to 90 days")
    assert months(found, "GB300", "p50_chips")[1] == 100
    assert months(found, "GB300", "p90_chips")[1] == 200
    assert months(found, "GB300", "oversold_fraction")[1] == pytest.approx(0.3)
    end = next(found.run_out.rows())
    assert end["p50_s"] == NEVER
    assert scenario.clock.day(end["p90_s"]) == date(2026, 2, 1)
    assert scenario.clock.day(end["order_p90_s"]) == date(2025, 11, 3)  # 90 days: the lead time's P90
    assert (end["missing_p50_chips"], end["missing_p90_chips"]) == (0, 50)


def test_nothing_is_oversold_on_a_machine_that_is_large_enough(tmp_path: Path) -> None:
    found, _ = held(tmp_path, "a,100,GB300,2026-01-01,,reserved,,1\n", [(0, "GB300", 100)])
    end = next(found.run_out.rows())
    assert (end["p50_s"], end["p90_s"], end["order_p90_s"], end["missing_p90_chips"]) == (NEVER, NEVER, NEVER, 0)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 99), DAYS, DAYS, st.sampled_from(["reserved", "spot"])), min_size=1, max_size=6),
    st.lists(st.tuples(DAYS, st.integers(1, 200)), max_size=4),
)  # fmt: skip
def test_signed_contracts_against_counting_day_by_day(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int, int, int, str]], there: list[tuple[int, int]]
) -> None:
    start = date(2026, 1, 1).toordinal()
    rows = "".join(
        f"x,{chips},GB300,{date.fromordinal(start + a)},{date.fromordinal(start + max(a, b))},{kind},,\n"
        for chips, a, b, kind in asked
    )
    found, scenario = held(tmp_path_factory.mktemp("c"), rows, [(day, "GB300", chips) for day, chips in sorted(there)])
    days = scenario.clock.end_s // DAY_S
    lacking = []
    for day in range(days):
        firm = sum(chips for chips, a, b, kind in asked if kind != "spot" and a <= day <= max(a, b))
        lacking.append(firm - sum(chips for at, chips in there if at <= day))
    end = next(found.run_out.rows())
    short = [day for day in range(days) if lacking[day] > 0]
    assert end["p50_s"] == (short[0] * DAY_S if short else NEVER)
    assert end["missing_p50_chips"] == max(0, *lacking)
    edges = scenario.clock.month_starts_s() // DAY_S
    worst = [max(lacking[a:b]) for a, b in pairwise(edges)]
    assert months(found, "GB300", "oversold_chips") == [max(one, 0) for one in worst]
    assert months(found, "GB300", "spare_chips") == [max(-one, 0) for one in worst]


def test_a_row_keeps_its_dice_whatever_stands_beside_it(tmp_path: Path) -> None:
    one = "a,100,GB300,2026-01-01,,reserved,,40 %\n"
    alone, _ = held(tmp_path, one, [])
    beside, _ = held(tmp_path, "z,70,H100,2026-01-01,,reserved,,55 %\n" + one, [])
    assert months(alone, "GB300", "p50_chips") == months(beside, "GB300", "p50_chips")


def test_samples_of_the_plan_move_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEAD + "a,160000,GB300,2027-02-01,,reserved,,1\n")
    scenario = load("stargate-uae", overrides=(f"commitments.file={file}",))
    drawn = samples(scenario, 60, seed=3)
    found = plan(scenario, draws=60)
    rows = found.tables["contracted"]
    assert {"GB300", "R200"} <= set(rows["chip"])
    total = np.zeros(len(drawn.chips[0]))
    for chip in ("GB300", "R200"):
        total += rows["installed_chips"][rows["chip"] == chip]
    assert total[-1] == pytest.approx(np.median(drawn.chips[:, -1]), rel=0.02)
    assert found.summary["run_out"][0]["chip"] == "GB300"


BAD = {
    "chips": ("a,x,GB300,2026-01-01,,reserved,,", "chips"),
    "no chips": ("a,0,GB300,2026-01-01,,reserved,,", "chips"),
    "type": ("a,1,GPU,2026-01-01,,reserved,,", "type"),
    "day": ("a,1,GB300,2026-13-01,,reserved,,", "from"),
    "end before start": ("a,1,GB300,2026-02-01,2026-01-01,reserved,,", "to"),
    "kind": ("a,1,GB300,2026-01-01,,firm,,", "kind"),
    "price": ("a,1,GB300,2026-01-01,,reserved,-1,", "price"),
    "probability": ("a,1,GB300,2026-01-01,,reserved,,120 %", "probability"),
    "nobody": (" ,1,GB300,2026-01-01,,reserved,,", "customer"),
    "cells": ("a,1,GB300", ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_cell_is_named_by_line_and_column(name: str, tmp_path: Path) -> None:
    row, column = BAD[name]
    file = tmp_path / "c.csv"
    file.write_text(HEAD + "ok,1,gb300,2026-01-01,,spot,1.5,0.5\n" + row + "\n")
    with pytest.raises(TraceError) as error:
        read_commitments(file, load("one-hall").clock)
    assert [(one.file, one.line, one.path) for one in error.value.faults] == [(str(file), 3, column)]


def test_missing_columns_and_rows_are_told(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    for text, word in (("customer,chips\n", "type"), (HEAD, "no commitments"), ("", "no column")):
        file.write_text(text)
        with pytest.raises(TraceError, match=word):
            read_commitments(file, load("one-hall").clock)


def test_the_command_prints_months_run_out_and_orders(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEAD + "a,5000,GB300,2026-03-01,,reserved,3.5,1\nb,900,GB300,2026-03-01,,spot,1,1\n")
    shown = CliRunner().invoke(command, ["one-hall", "--set", f"commitments.file={file}"], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "promised against installed" in shown.output
    assert "GB300 runs out in 2026-03 (P50" in shown.output
    assert "latest order 2025-06-01" in shown.output


def test_a_file_that_is_not_there_is_one_fault_at_its_key(tmp_path: Path) -> None:
    scenario = tmp_path / "s.yaml"
    scenario.write_text("extends: one-hall\ncommitments:\n  file: gone.csv\n")
    with pytest.raises(ScenarioError) as error:
        load(scenario)
    (fault,) = error.value.faults
    assert (fault.code, fault.file, fault.line, fault.path) == ("T001", str(scenario), 3, "commitments.file")
    assert "gone.csv" in fault.message


def test_check_reads_what_a_file_says(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEAD + "a,1,GB300,2026-01-01,,reserved,-1,\n")
    with pytest.raises(InputError) as error:
        CliRunner().invoke(check, ["one-hall", "--set", f"commitments.file={file}"], catch_exceptions=False)
    assert [(one.file, one.line, one.path) for one in error.value.faults] == [(str(file), 2, "price")]


def test_a_file_is_kept_with_the_scenario_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEAD + "a,1,GB300,2026-01-01,,reserved,1,\n")
    given = load("one-hall", overrides=[f"commitments.file={file}"])
    assert premise(given).files == {str(file): file.read_bytes()}
    out = extract.write(premise(given).text, premise(given).files, tmp_path / "kept.yaml")
    file.unlink()
    assert offers(load(out)) is not None
