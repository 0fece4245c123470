"""Who holds what: shares sum to what is live, unknown is a row, and one owner on both sides is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gigacampus.plan import plan
from gigacampus.results import Results
from gigacampus.scenario import load
from gigacampus.tables import Table

MEASURES = ("chips", "h100e", "it_w", "gpu_h", "value_usd")


@pytest.fixture(scope="module")
def found() -> Results:
    return plan(load("stargate-uae", ["xai-share"]))


def of(table: Table, **wanted: str) -> Table:
    mask = np.ones(len(table), dtype=bool)
    for name, value in wanted.items():
        mask &= np.array(table[name] == value, dtype=bool)
    return table.where(mask)


@pytest.mark.parametrize("role", ["quota_holder", "licensee", "owner", "operator", "tenant", "end_user_country"])
def test_every_role_sums_to_what_is_live(found: Results, role: str) -> None:
    months, mine = found.tables["buildout_months"], of(found.tables["holdings"], role=role)
    for start_s, chips, h100e, it_w in zip(
        *(months[name] for name in ("month_s", "live_chips", "live_h100e", "live_it_w")), strict=True
    ):
        rows = mine.where(mine["month_s"] == start_s)
        for end in ("low", "high"):
            assert rows[f"{end}_chips"].sum() == pytest.approx(chips, rel=1e-5)
            assert rows[f"{end}_h100e"].sum() == pytest.approx(h100e, rel=1e-5)
            assert rows[f"{end}_it_w"].sum() == pytest.approx(it_w, rel=1e-5)


def test_gpu_hours_are_the_hours_that_chips_were_live(found: Results) -> None:
    installs, end_s = found.tables["installs"], load("stargate-uae").clock.end_s
    live_h = float((installs["chips"] * (end_s - installs["at_s"])).sum()) / 3600
    for role in ("owner", "tenant"):
        assert of(found.tables["holdings"], role=role)["low_gpu_h"].sum() == pytest.approx(live_h, rel=1e-4)


def test_ranges_run_from_least_to_most_and_an_owner_has_no_more_than_who_it_stands_behind(found: Results) -> None:
    table = found.tables["holdings"]
    for name in MEASURES:
        assert (table[f"low_{name}"] <= table[f"high_{name}"] + 1e-6).all()
    behind, tenants = of(table, role="tenant_look_through"), of(table, role="tenant")
    whole = {(row["party"], row["month_s"]): row["high_chips"] for row in tenants.rows()}
    assert all(row["high_chips"] <= whole[row["through"], row["month_s"]] + 1e-6 for row in behind.rows())


def test_mgx_stands_on_both_sides_in_one_table_and_one_edge_list(found: Results) -> None:
    behind = of(found.tables["holdings"], role="tenant_look_through", party="mgx")
    assert {"openai", "xai"} <= set(behind["through"])
    assert (behind["low_chips"] == 0.0).all(), "its shares are not known"
    edges = found.tables["holding_edges"]
    mine = {row["target"]: row["high_chips"] for row in edges.rows() if row["source"] == "mgx"}
    assert {"openai", "xai"} <= set(mine)
    assert min(mine.values()) > 0.0


def test_unknown_owners_and_unknown_access_are_rows(found: Results) -> None:
    table = found.tables["holdings"]
    last = table.where(table["month_s"] == table["month_s"].max())
    assert "unknown" in set(of(last, role="look_through")["party"])
    remote = of(last, role="access", party="remote")
    live = found.summary["live_chips"]
    assert (remote["low_chips"][0], remote["high_chips"][0]) == (0.0, pytest.approx(live))


def test_known_shares_are_looked_through_and_access_and_country_are_of_the_tenancy(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: one-hall\n"
        "deal:\n"
        "  ownership:\n"
        "    - {owner: home, owned: lab, share: 25 %}\n"
        "tenants:\n"
        "  lab: {tenancies: [{share: 60 %, end_users: US, remote_access: 80 %}]}\n"
        "  cloud: {tenancies: [{share: 30 %}]}\n"
    )
    found = plan(load(path))
    table, live = found.tables["holdings"], found.summary["live_chips"]
    last = table.where(table["month_s"] == table["month_s"].max())
    home = of(last, role="tenant_look_through", party="home", through="lab")
    assert home["low_chips"][0] == home["high_chips"][0] == pytest.approx(0.25 * 0.6 * live, abs=1)
    assert of(last, role="tenant", party="not let")["low_chips"][0] == pytest.approx(0.1 * live, abs=1)
    countries = {row["party"]: row["low_chips"] for row in of(last, role="end_user_country").rows()}
    assert countries["US"] == pytest.approx(0.6 * live, abs=1)
    assert countries["unknown"] == pytest.approx(0.4 * live, abs=2)
    remote = of(last, role="access", party="remote")
    assert remote["low_chips"][0] == pytest.approx(0.48 * live, abs=1)
    assert remote["high_chips"][0] == pytest.approx(0.88 * live, abs=2)


def test_edges_carry_the_same_chips_down_every_step_and_make_no_circle(found: Results) -> None:
    edges = found.tables["holding_edges"]
    live = found.summary["live_chips"]
    for kind in ("licenses", "sells", "hands_over", "lets", "serves"):
        assert of(edges, kind=kind)["high_chips"].sum() == pytest.approx(live, rel=1e-5)
    links = {((row["source"], row["source_role"]), (row["target"], row["target_role"])) for row in edges.rows()}
    nodes = {node for link in links for node in link}
    while True:  # take away whatever has nothing before it, until all is gone or a circle is left
        first = {node for node in nodes if all(target != node for _, target in links)}
        if not first:
            break
        nodes, links = nodes - first, {link for link in links if link[0] not in first}
    assert not nodes


def test_the_ledger_names_the_halls_of_what_cleared_for_the_campus(found: Results) -> None:
    rows = found.tables["compliance"]
    here = rows.where((rows["site"] == "campus") & (rows["cleared_chips"] > 0))
    halls = set(found.tables["halls"]["hall"])
    assert all(set(one.split("; ")) <= halls for one in here["hall"])
    assert set(rows["hall"][rows["site"] != "campus"]) == {""}
