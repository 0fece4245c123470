"""Unused room of a quota moves between classes on its day; matching may be owed by the megawatt."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigacampus import deal
from gigacampus.errors import ScenarioError
from gigacampus.scenario import Scenario, load

QUOTA = (
    "extends: one-hall\ndeal:\n  quotas:\n    national:\n      cap: 3k chips/year\n"
    "      allocation: {host: 50 %, guest: 50 %}\n"
)
MOVE = "      reallocation: {rest: {giver: guest, taker: host, on: 2026-02-10, share: 40 %}}\n"


def made(folder: Path, text: str) -> Scenario:
    path = folder / "mine.yaml"
    path.write_text(text)
    return load(path)


def test_unused_room_moves_on_its_day_and_is_drawn_from_then_on(tmp_path: Path) -> None:
    before = deal.clear(made(tmp_path, QUOTA))
    scenario = made(tmp_path, QUOTA + MOVE)
    after = deal.clear(scenario)
    assert before.deliveries["chips"].sum() == 1_500
    assert after.deliveries["chips"].sum() == 2_100, "40 % of the guests' 1,500 are 600 more"
    late = after.deliveries.where(
        after.deliveries["cleared_s"] >= scenario.clock.seconds(scenario.start.replace(month=2, day=10))
    )
    assert late["chips"].sum() >= 600
    caps = {row["party_class"]: (row["cap"], row["left"]) for row in after.quotas.rows()}
    assert caps == {"host": (2_100.0, 0.0), "guest": (900.0, 900.0)}


@pytest.mark.parametrize(
    ("move", "column"),
    [
        ("{giver: nobody, taker: host, on: 2026-02-10}", "giver"),
        ("{giver: host, taker: host, on: 2026-02-10}", "taker"),
        ("{giver: guest, taker: host, on: 2027-02-10}", "on"),
    ],
)  # fmt: skip
def test_a_move_that_cannot_be_is_one_error(tmp_path: Path, move: str, column: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        made(tmp_path, QUOTA + f"      reallocation: {{rest: {move}}}\n")
    (fault,) = caught.value.faults
    assert (fault.code, fault.line) == ("S328", 7)
    assert fault.path.endswith(f"rest.{column}")


def test_matching_by_the_megawatt_is_the_price_of_paired_power(tmp_path: Path) -> None:
    scenario = made(
        tmp_path,
        "extends: one-hall\ndeal:\n  obligations:\n"
        "    match: {debtor: home, creditor: maker, kind: match_ratio, ratio: 1, base: mw, per_mw: 12 MUSD}\n",
    )
    supply = deal.clear(scenario)
    chips, watts = supply.deliveries["chips"].sum(), scenario.campus.racks["GB300"].chip_w
    assert supply.obligations["due_usd"].sum() == pytest.approx(12e6 * chips * watts / 1e6)


def test_matching_by_the_megawatt_needs_a_price_for_one(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        made(
            tmp_path,
            "extends: one-hall\ndeal:\n  obligations:\n"
            "    match: {debtor: home, creditor: maker, kind: match_ratio, ratio: 1, base: mw}\n",
        )
    assert caught.value.faults[0].code == "S327"
