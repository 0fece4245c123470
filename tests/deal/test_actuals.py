"""A ledger of actuals: appended to and never changed, checked, and in place of the plan until the record ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus import deal
from gigacampus.cli.ledger_ import command
from gigacampus.deal import chain, keeping
from gigacampus.deal.sampling import Sampler
from gigacampus.errors import ScenarioError, UsageError
from gigacampus.scenario import load

HEAD = "kind,date,id,licence,chip,chips,usd,note\n"
MICROSOFT = "microsoft-2025-09"
SHIPPED = (
    HEAD + f"shipment,2025-11-10,ms-1,{MICROSOFT},GB300,2000,,bill of lading 17\n"
    f"shipment,2026-02-01,ms-2,{MICROSOFT},GB300,500,,\n"
)


def ledger(folder: Path, rows: str = SHIPPED, name: str = "actuals.csv") -> Path:
    new = folder / "new.csv"
    new.write_text(rows, encoding="utf-8")
    path = folder / name
    keeping.append(path, new)
    return path


def scenario_with(path: Path, extra: str = "", variants: tuple[str, ...] = ()) -> object:
    file = path.parent / "scenario.yaml"
    file.write_text(f"extends: stargate-uae\n{extra}deal:\n  actuals: {path.name}\n", encoding="utf-8")
    return load(file, variants)


@pytest.mark.parametrize("name", ["actuals.csv", "actuals.parquet"])
def test_appending_keeps_what_was_written(tmp_path: Path, name: str) -> None:
    path = ledger(tmp_path, name=name)
    before = chain.read(path)
    more = tmp_path / "more.csv"
    more.write_text("kind,date,id,usd\ninvestment,2026-03-01,us-match,1.5e9\n")
    assert keeping.append(path, more) == (1, 3)
    after = chain.read(path)
    assert after[:2] == before
    assert keeping.verified(path) == ([], 3)
    assert after[2]["hash"] == chain.digest(after[1]["hash"], after[2])
    with pytest.raises(UsageError, match="already"):
        keeping.append(path, tmp_path / "new.csv")
    assert chain.read(path) == after


CELLS = st.sampled_from([name for name in chain.COLUMNS if name != "row"])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), CELLS, st.text("abc019", min_size=1, max_size=4))
def test_any_change_of_any_cell_is_found(which: int, column: str, text: str) -> None:
    new = [
        {"kind": "shipment", "date": "2026-01-01", "id": f"s{i}", "licence": "x", "chip": "GB300", "chips": "5"}
        for i in range(4)
    ]
    rows = chain.chained([], new)
    assert chain.verify(Path("x.csv"), rows) == []
    if rows[which][column] == text:
        return
    rows[which] = rows[which] | {column: text}
    (fault,) = chain.verify(Path("x.csv"), rows)
    assert fault.line == which + 2


def test_rows_taken_out_put_in_or_exchanged_are_found() -> None:
    new = [{"kind": "licence", "date": "2026-01-01", "id": f"l{i}"} for i in range(4)]
    rows = chain.chained([], new)
    for changed in (rows[1:], rows[:1] + rows[2:], [rows[1], rows[0], *rows[2:]], [*rows, rows[3]]):
        assert chain.verify(Path("x.csv"), changed)
    assert chain.verify(Path("x.csv"), rows[:2]) == []


@pytest.mark.parametrize("name", ["actuals.csv", "actuals.parquet"])
def test_rows_cut_off_at_the_end_and_a_ledger_written_anew_do_not_fit_the_head(tmp_path: Path, name: str) -> None:
    path = ledger(tmp_path, name=name)
    rows, head = chain.read(path), chain.head_beside(path).read_text()
    for changed, words in ((rows[:1], "ends after row 1"), (chain.chained([], rows[::-1]), "written anew")):
        chain.write(path, changed)
        chain.head_beside(path).write_text(head)
        (fault,), _ = keeping.verified(path)
        assert fault.code == "L102"
        assert words in fault.message
    chain.head_beside(path).write_text("no head")
    assert "head" in keeping.verified(path)[0][0].message
    chain.head_beside(path).unlink()
    assert keeping.verified(path) == ([], 2)


def test_a_shipment_twice_among_new_rows_is_refused(tmp_path: Path) -> None:
    row = "shipment,2026-01-01,s1,g42-2025-11,GB300,5,,\n"
    with pytest.raises(UsageError, match="already"):
        ledger(tmp_path, "kind,date,id,licence,chip,chips,usd,note\n" + row + row)


def test_the_past_is_taken_from_the_ledger_and_the_future_from_the_plan(tmp_path: Path) -> None:
    scenario = scenario_with(ledger(tmp_path))
    supply, plan = deal.clear(scenario), deal.clear(load("stargate-uae"))  # type: ignore[arg-type]
    mine = supply.deliveries.where(supply.deliveries["licence"] == MICROSOFT)
    known_s = scenario.clock.known_s  # type: ignore[attr-defined]
    assert [row["chips"] for row in mine.rows() if row["cleared_s"] < known_s] == [2000, 500]
    planned = plan.deliveries.where(plan.deliveries["licence"] == MICROSOFT)
    assert mine["chips"].sum() == planned["chips"].sum()
    rest = mine.where(mine["cleared_s"] >= known_s)
    assert rest["chips"].sum() == planned["chips"].sum() - 2500
    here, there = (one.deliveries.where(one.deliveries["site"] == "campus") for one in (supply, plan))
    assert here["chips"].sum() == there["chips"].sum()
    rows = {(row["licence"], row["month_s"]): row for row in supply.plan_actual.rows()}
    last = max(month for name, month in rows if name == MICROSOFT)
    assert rows[MICROSOFT, last]["actual_chips"] == 2500
    assert rows[MICROSOFT, last]["planned_chips"] == 7537
    assert len(supply.actuals) == 2
    assert len(plan.plan_actual) == 0
    assert Sampler(scenario).clear({}).chips.sum() == here["chips"].sum()  # type: ignore[arg-type]


def test_real_evidence_pays_in_order_and_records_are_not_held_back(tmp_path: Path) -> None:
    text = (
        HEAD + "licence,2026-01-10,oracle-phase-1-rest,,,,,\n"
        "shipment,2026-02-01,or-1,oracle-2025-10,GB300,40000,,\n"
        "shipment,2026-03-01,or-2,oracle-phase-1-rest,GB300,10000,,\n"
        "investment,2026-05-01,us-match,,,,3.1e9,certificate 1\n"
    )
    supply = deal.clear(scenario_with(ledger(tmp_path, text), variants=("match-lag",)))  # type: ignore[arg-type]
    due = {
        row["delivery_id"].rsplit("-", 1)[0]: row
        for row in supply.obligations.rows()
        if row["obligation"] == "us-match"
    }
    clock = load("stargate-uae").clock
    assert clock.iso(due["actual-or-1"]["paid_s"]) == "2026-05-01"
    assert due["actual-or-2"]["paid_s"] >= clock.known_s
    cleared = {row["delivery_id"]: row for row in supply.deliveries.rows()}
    assert clock.iso(cleared["actual-or-2-001"]["cleared_s"]) == "2026-03-01"
    assert cleared["actual-or-2-001"]["is_record"]


BAD = {
    "before its licence": ("shipment,2025-09-01,s,oracle-2025-10,GB300,10,,\n", "L105", "before its licence"),
    "before its gate": ("shipment,2025-10-10,s,g42-2027,R200,10,,\n", "L105", "before"),
    "overdrawn": ("shipment,2026-02-01,s,g42-2025-11,GB300,35001,,\n", "L105", "overdrawn"),
    "unknown licence": ("shipment,2026-02-01,s,nobody,GB300,5,,\n", "L104", "nobody"),
    "unknown obligation": ("investment,2026-02-01,nothing,,,,5,\n", "L104", "nothing"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_ledger_that_contradicts_the_scenario_is_refused(tmp_path: Path, what: str) -> None:
    row, code, words = BAD[what]
    path = ledger(tmp_path, HEAD + row)
    with pytest.raises(ScenarioError) as caught:
        deal.clear(scenario_with(path))  # type: ignore[arg-type]
    fault = caught.value.faults[0]
    assert (fault.code, fault.file, fault.line) == (code, str(path), 2)
    assert words in fault.message


@pytest.mark.parametrize(
    "row",
    [
        "gift,2026-01-01,x,,,,,\n", "shipment,yesterday,x,l,GB300,5,,\n", "shipment,2026-01-01,,l,GB300,5,,\n",
        "shipment,2026-01-01,x,l,GB300,-5,,\n", "shipment,2026-01-01,x,l,GB3OO,5,,\n",
        "shipment,2026-01-01,x,,GB300,5,,\n",
        "investment,2026-01-01,x,,,,nan,\n", "investment,2026-01-01,x,,,,-1,\n",
    ],
)  # fmt: skip
def test_rows_that_cannot_be_read_are_not_appended(tmp_path: Path, row: str) -> None:
    with pytest.raises(UsageError) as caught:
        ledger(tmp_path, HEAD + row)
    assert (caught.value.faults[0].code, caught.value.faults[0].line) == ("L103", 2)
    assert not (tmp_path / "actuals.csv").exists()


def test_a_tampered_ledger_stops_the_scenario_and_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ledger(tmp_path)
    assert command.main(["verify", str(path)], standalone_mode=False) == 0
    path.write_text(path.read_text().replace("2000", "2001"))
    with pytest.raises(ScenarioError) as caught:
        deal.clear(scenario_with(path))  # type: ignore[arg-type]
    (fault,) = caught.value.faults
    assert (fault.code, fault.line) == ("L102", 2)
    assert command.main(["verify", str(path), "--json"], standalone_mode=False) == 1
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["faults"][0]["line"] == 2
    with pytest.raises(UsageError):
        keeping.append(path, tmp_path / "new.csv")
    for wrong in (["verify"], ["append", str(path)], ["stargate-uae", str(path)], ["verify", str(tmp_path / "no.csv")]):
        with pytest.raises(UsageError):
            command.main(wrong, standalone_mode=False)


def test_a_missing_ledger_is_told_where_it_is_named(tmp_path: Path) -> None:
    named = tmp_path / "named.yaml"
    named.write_text("extends: one-hall\ndeal:\n  actuals: nofile.csv\n")
    with pytest.raises(ScenarioError, match="no ledger") as caught:
        deal.clear(load(named))
    assert caught.value.faults[0].line == 3


def test_a_missing_ledger_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no ledger"):
        deal.clear(scenario_with(tmp_path / "nowhere.csv"))  # type: ignore[arg-type]
