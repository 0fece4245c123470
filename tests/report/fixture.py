# ruff: noqa: E501 - rows of made-up tables read better on one line
"""Synthetic results in the rooms' own tables: small and large, odd names, empty months, with and without jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from gigacampus.clock import NEVER, Clock
from gigacampus.results import Results, collect
from gigacampus.tables import Spec, Table, books, conditions, flows, log, premise, samples, supply, timeline, work

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
LONG = "Абу-Даби كامبوس 巨型園區 Öffentlich-rechtliche Rechengesellschaft für Künstliche Intelligenz"[:80]
YAML = "title: made up\nstart: 2025-05-15\n# " + HOSTILE + "\n"


def filled(spec: Spec, columns: Mapping[str, Any]) -> Table:
    """A table whose columns that the maker does not care about are zero, NaN, false or empty."""
    length = len(next(iter(columns.values())))
    nothing: dict[str, Any] = {"i8": 0, "i4": 0, "f8": np.nan, "b1": False, "str": ""}
    rest = {column.name: [nothing[column.dtype]] * length for column in spec.columns if column.name not in columns}
    return Table(spec, {**rest, **columns})


def rows(spec: Spec, listed: Sequence[Mapping[str, Any]]) -> Table:
    """The same from dicts, one a row."""
    if not listed:
        return spec.empty()
    return filled(spec, {name: [row[name] for row in listed] for name in listed[0]})


def names(count: int, *, odd: bool = False, hostile: bool = False) -> list[str]:
    """Tenant names, plain, 80 characters of many scripts, or hostile."""
    if hostile:
        return [f"{HOSTILE} {n}" for n in range(count)]
    if odd:
        return [f"{n:02d} {LONG}"[:80] for n in range(count)]
    known = ["openai", "g42_core42", "oracle_cloud", "microsoft", "xai", "mgx_lab"]
    return [known[n] if n < len(known) else f"tenant_{n}" for n in range(count)]


def made(
    *, halls: int = 6, start: date = date(2025, 5, 15), end: date = date(2030, 12, 31), tenants: int = 4,
    odd: bool = False, hostile: bool = False, jobs: int = 3_000, with_jobs: bool = True, zero_month: bool = True, sampled: bool = False,
    seed: int = 7,
) -> Results:  # fmt: skip
    """Results of a campus that never was, with every table filled by simple rules."""
    dice = np.random.default_rng(seed)
    known = min(date(2026, 9, 24), end)
    clock = Clock(start, end, known)
    who = names(tenants, odd=odd, hostile=hostile)
    edges = clock.month_starts_s()
    months = edges[:-1]
    n = len(months)
    is_record = edges[1:] <= clock.known_s
    chip = HOSTILE if hostile else "gb300"
    party = HOSTILE if hostile else "g42"
    hall_chips = 12_000
    ready = np.linspace(0, n * 0.8, halls).astype(int)
    live = np.array([hall_chips * int((ready < m).sum()) for m in range(n)], dtype=np.int64)
    it_w = live * 1_950.0
    binding = np.array(
        ["licence" if m < n * 0.3 else "power" if m < n * 0.6 else "delivery" for m in range(n)], dtype=object
    )
    if n == 1:
        live, it_w = np.array([hall_chips]), np.array([hall_chips * 1_950.0])
    lots = [(int(edges[min(m, n - 1)]), i) for i, m in enumerate(ready)]
    deliveries = rows(supply.DELIVERIES, [
        {
            "delivery_id": f"lot-{i}", "site": "campus", "party": party, "owner": party, "operator": who[0], "chip": chip,
            "chips": hall_chips, "h100e": hall_chips * 2.6, "wanted_s": at, "cleared_s": at, "arrive_s": at + 86_400 * 20,
            "licence": "g42-35k" if i % 2 else "planned", "quota": "uae", "bound_by": "licence" if i % 3 else "nothing",
            "is_record": at < clock.known_s,
        } for at, i in lots
    ])  # fmt: skip
    compliance = rows(supply.COMPLIANCE, [
        {
            "row_id": i, "at_s": at, "delivery_id": f"lot-{i}", "outcome": ["cleared", "deferred", "scaled"][i % 3],
            "site": "campus", "hall": f"hall-{i + 1}", "licence": "g42-35k" if i % 2 else "planned", "licensee": party,
            "regime": "gulf-terms-2025", "exporter": "nvidia", "party_class": "g42",
            "consignee": party, "end_user": who[0], "operator": party, "ultimate_parent": party, "eccn": "4A090.a",
            "chip": chip, "wanted_s": at, "arrive_s": at + 259_200, "requested_chips": hall_chips,
            "cleared_chips": hall_chips - 500 * (i % 3),
            "total_tpp": 7e8, "value_usd": np.nan, "quota": "uae", "quota_window": str(clock.day(at).year),
            "quota_unit": "chips", "quota_before": 100_000.0 - i, "quota_after": 88_000.0 - i, "licence_unit": "chips",
            "licence_before": 35_000.0, "licence_after": max(0.0, 23_000.0 - i * 9_000), "gate": "", "evidence": "",
            "bound_by": "licence" if i % 3 else "nothing", "is_record": at < clock.known_s,
        } for at, i in lots
    ])  # fmt: skip
    years = range(start.year, end.year + 1)
    quotas = rows(supply.QUOTAS, [
        {
            "quota": "uae", "window": str(year), "window_start_s": clock.seconds(date(year, 1, 1)),
            "window_end_s": clock.seconds(date(year + 1, 1, 1)), "party_class": group, "unit": "chips", "cap": cap,
            "drawn_here": cap * 0.1 * k, "drawn_elsewhere": cap * 0.05 * k, "left": cap * (1 - 0.15 * k),
        } for k, year in enumerate(years) for group, cap in (("us_operator", 400_000.0), ("g42", 100_000.0))
    ])  # fmt: skip
    licences = rows(supply.LICENCES, [
        {
            "licence": name, "licensee": party, "site": "campus", "quota": "uae", "party_class": "g42",
            "regime": "gulf-terms-2025", "unit": "GB300e",
            "quantity": quantity, "drawn": drawn, "left": quantity - drawn, "issued_s": 0, "expires_s": NEVER,
            "state": state, "status": status,
        } for name, quantity, drawn, state, status in (
            ("g42-35k", 35_000.0, 34_560.0, "issued", "official"), ("planned", 300_000.0, 120_000.0, "planned", "assumption"),
        )
    ])  # fmt: skip
    obligations = rows(supply.OBLIGATIONS, [
        {
            "obligation": "match", "debtor": party, "creditor": "us", "delivery_id": f"lot-{i}", "due_s": at,
            "paid_s": at + 86_400 * 90 if i < halls - 1 else NEVER, "due_usd": 6e8, "paid_usd": 6e8 if i < halls - 1 else 0.0,
            "is_record": at < clock.known_s,
        } for at, i in lots
    ])  # fmt: skip
    gates = rows(supply.TRANSITIONS, [
        {"gate": "bis", "kind": "approval", "opens_s": 86_400, "requires": "", "is_met": True, "status": "official"},
        {"gate": "xai", "kind": "approval", "opens_s": NEVER, "requires": "tenancy:xai>=20 %", "is_met": False, "status": "alleged"},
    ])  # fmt: skip
    a_supply = supply.Supply(deliveries, compliance, quotas, licences, obligations, gates, ("a warning",))

    hall_table = rows(timeline.HALLS, [
        {
            "hall": HOSTILE if hostile else f"hall-{i + 1}", "phase": f"phase-{i // 3 + 1}", "building_s": at, "power_s": at + 86_400 * (20 + 5 * (i % 7)),
            "it_limit_w": hall_chips * 2_000.0, "lost_from_s": int(edges[-1] * 0.5) if i == 1 else NEVER,
            "lost_until_s": int(edges[-1] * 0.6) if i == 1 else NEVER,
        } for at, i in lots
    ])  # fmt: skip
    installs = rows(timeline.INSTALLS, [
        {
            "at_s": at + 86_400 * (30 + 7 * week), "hall_index": i, "delivery_id": f"lot-{i}", "party": party, "chip": chip,
            "chips": hall_chips // 4, "it_w": hall_chips / 4 * 1_950.0, "h100e": hall_chips / 4 * 2.6,
        } for at, i in lots for week in range(4)
    ])  # fmt: skip
    build = filled(timeline.MONTHS, {
        "month_s": months, "cleared_chips": live + 9_000, "arrived_chips": live + 6_000, "installed_chips": live + 3_000,
        "live_chips": live, "live_h100e": live * 2.6, "live_it_w": it_w, "building_limit_w": it_w * 1.2 + 2e7,
        "power_limit_w": it_w * 1.1 + 1e7, "stored_chips": np.full(n, 3_000), "binding": binding,
        "next_binding": np.array(["power"] * n, dtype=object), "is_record": is_record,
    })  # fmt: skip
    share = np.linspace(2, 1, tenants)
    share /= share.sum()
    capacity = rows(timeline.CAPACITY, [
        {"at_s": int(months[m]), "tenant_index": t, "chips": int(live[m] * share[t]), "h100e": live[m] * share[t] * 2.6}
        for m in range(n) for t in range(tenants)
    ])  # fmt: skip
    tenant_table = filled(timeline.TENANTS, {"tenant": who, "party": who, "kind": ["lab"] * tenants})
    a_timeline = timeline.Timeline(hall_table, installs, build, capacity, tenant_table, {"gb300": 1_950.0})

    statuses = ["official", "reported", "estimate", "opinion", "assumption"]
    inputs = rows(premise.INPUTS, [
        {
            "path": f"deal.licences.{HOSTILE if hostile else 'l'}{i}.quantity", "text": "35k chips" if i % 4 else "30k to 40k chips", "value": 35_000.0,
            "low": 35_000.0 if i % 4 else 30_000.0, "high": 35_000.0 if i % 4 else 40_000.0, "unit": "chips", "basis": "",
            "source": HOSTILE if hostile else ("https://example.org/statement" if i % 3 else "derived: 2 x 3"), "as_of": "2026-09-24",
            "status": statuses[i % 5], "note": "a note", "stale": i % 9 == 0, "default": i % 7 == 0,
        } for i in range(60)
    ])  # fmt: skip
    variants = rows(premise.VARIANTS, [
        {"variant": "xai-share", "title": "xAI takes a fifth", "status": "assumption", "source": "", "is_active": False},
        {"variant": HOSTILE if hostile else "approval-needs-xai", "title": "a gate needs xAI", "status": "alleged", "source": "article", "is_active": True},
    ])  # fmt: skip
    a_premise = premise.Premise(
        HOSTILE if hostile else "A campus that never was", HOSTILE if hostile else "Made up for tests.",
        HOSTILE if hostile else "Test campus", YAML, seed, clock, inputs, variants, 4.0,
        ((party, HOSTILE if hostile else "G42", "operator", "mgx"), ("mgx", "MGX", "fund", "")),
        (("mgx", party, "equity", float("nan"), "reported"),),
    )  # fmt: skip
    movers = [
        {"path": "campus.halls.h2.power_ready", "text": "2027-03-01", "metric": "live_chips", "low": -20_000.0, "high": 12_000.0},
        {"path": "deal.licences.planned.quantity", "text": "300k chips", "metric": "live_chips", "low": -15_000.0, "high": 9_000.0},
        {"path": "campus.racks.gb300.it_power", "text": "132 to 142 kW", "metric": "live_chips", "low": -3_000.0, "high": 3_500.0},
    ]  # fmt: skip

    hours = clock.hour_starts_s()
    season = 24 + 12 * np.sin(2 * np.pi * (hours / 86_400 - 100) / 365.25) + 5 * np.sin(2 * np.pi * hours / 86_400)
    month_of = np.searchsorted(edges, hours, side="right") - 1
    it = it_w[month_of] * (0.62 + 0.08 * np.sin(2 * np.pi * hours / 86_400) + 0.02 * dice.standard_normal(len(hours)))
    if zero_month and n > 3:
        it[month_of == 2] = 0.0
    loss, misc = it * 0.06, np.full(len(hours), 5e5)
    cooling = it * (0.04 + 0.004 * np.clip(season - 20, 0, None))
    meter = it + loss + cooling + misc
    water = np.where(season > 26, it / 1e3 * 0.3, 0.0)
    flow_hours = filled(flows.HOURS, {
        "hour_s": hours, "it_w": it, "loss_w": loss, "cooling_w": cooling, "misc_w": misc, "facility_w": meter,
        "pue_fraction": np.divide(meter, it, out=np.full(len(it), np.nan), where=it > 0),
        "chiller_fraction": np.clip((season - 30) / 10, 0, 1), "water_l": water, "unserved_w": np.zeros(len(hours)),
        "carbon_kg": meter / 1e3 * 0.3, "energy_usd": meter / 1e3 * 0.055,
    })  # fmt: skip

    def by_month(values: np.ndarray) -> np.ndarray:
        return np.bincount(month_of, weights=values, minlength=n)

    it_j, meter_j = by_month(it) * 3_600, by_month(meter) * 3_600
    flow_months = filled(flows.MONTHS, {
        "month_s": months, "it_j": it_j, "loss_j": by_month(loss) * 3_600, "cooling_j": by_month(cooling) * 3_600,
        "misc_j": by_month(misc) * 3_600, "facility_j": meter_j,
        "pue_fraction": np.divide(meter_j, it_j, out=np.full(n, np.nan), where=it_j > 0),
        "peak_facility_w": [meter[month_of == m].max() for m in range(n)], "provisioned_it_w": it_w,
        "water_l": by_month(water), "carbon_kg": meter_j / 3.6e6 * 0.3,
    })  # fmt: skip
    sources = rows(flows.SOURCES, [
        {"month_s": int(months[m]), "source": name, "supplier": "ewec", "energy_j": meter_j[m] * part, "carbon_kg": meter_j[m] * part / 3.6e6 * dirt, "cost_usd": meter_j[m] * part / 3.6e6 * 0.055, "band_usd": 0.0, "demand_usd": 0.0, "start_usd": 0.0}
        for m in range(n) for name, part, dirt in (("grid", 0.5, 0.35), ("solar_storage", 0.3, 0.03), ("gas", 0.2, 0.49))
    ])  # fmt: skip
    flow_tenants = rows(flows.TENANTS, [
        {"month_s": int(months[m]), "tenant_index": t, "it_j": it_j[m] * share[t], "facility_j": meter_j[m] * share[t]}
        for m in range(n) for t in range(tenants)
    ])  # fmt: skip
    a_flows = flows.Flows(flow_hours, flow_months, sources, flow_tenants, {"wue_design": 0.3})

    kinds = ("capex", "energy", "water", "opex", "matching", "revenue")
    payers = [party, *who]
    party_months = rows(books.PARTY_MONTHS, [
        {"month_s": int(months[m]), "party": payer, "kind": kind, "paid_cents": int(1e9 * (k + 1) * (1 + m % 3)) * (-1 if kind == "revenue" else 1)}
        for m in range(n) for payer in payers[:4] for k, kind in enumerate(kinds)
    ])  # fmt: skip
    gpu_h = live.sum() * 730 * 0.6 * share
    cost = filled(books.TENANT_COST, {
        "tenant": who, "gpu_h": gpu_h, "h100e_h": gpu_h * 2.6, "cost_usd": gpu_h * 3.1, "usd_per_gpu_h": np.full(tenants, 3.1),
        "usd_per_h100e_h": np.full(tenants, 1.2),
    })  # fmt: skip
    postings = rows(books.POSTINGS, [
        {"transaction_id": 0, "at_s": 0, "party": party, "account": "Assets:Chips", "amount_cents": sign * 100, "counterparty": "nvidia", "kind": "capex", "cause": "lot-0", "is_record": True, "currency": "USD", "currency_cents": sign * 100}
        for sign in (1, -1)
    ])  # fmt: skip
    a_books = books.Books(postings, party_months, cost, {})
    extra: dict[str, Table] = {}
    if sampled:
        levels = {
            f"{p}_{name}": build[column] * factor
            for p, factor in (("p10", 0.8), ("p50", 1.0), ("p90", 1.15))
            for name, column in (("chips", "live_chips"), ("h100e", "live_h100e"), ("it_w", "live_it_w"))
        }
        found = [
            filled(samples.SAMPLE_MONTHS, {"month_s": months, **levels}),
            rows(samples.SAMPLE_MILESTONES, [
                {"milestone": "first", "title": "first chips live", "p10_s": 3e7, "p50_s": 4e7, "p90_s": 5e7, "never_fraction": 0.0},
                {"milestone": "all", "title": "all live", "p10_s": 1e8, "p50_s": 1.2e8, "p90_s": NEVER, "never_fraction": 0.2},
            ]),
            rows(samples.MOVERS, [{"unit": "chips", **one} for one in movers]),
        ]  # fmt: skip
        extra = {table.spec.name: table for table in found}
    if not with_jobs:
        return collect(
            a_premise, a_supply, a_timeline, flows=a_flows, books=a_books, summary={"movers": movers}, extra=extra
        )

    submit = np.sort(dice.integers(0, clock.end_s, jobs))
    run = dice.lognormal(8.0, 1.5, jobs).astype(np.int64)
    wait = np.where(dice.random(jobs) < 0.6, 0, dice.lognormal(6.0, 2.0, jobs)).astype(np.int64)
    end_s = submit + wait + run
    done = end_s < clock.end_s
    job_table = filled(log.JOBS, {
        "job_id": np.arange(jobs), "tenant_index": dice.integers(0, tenants, jobs), "user_index": np.full(jobs, -1),
        "kind_index": dice.integers(0, 4, jobs), "submit_s": submit, "start_s": submit + wait, "end_s": np.where(done, end_s, NEVER),
        "wait_s": np.where(done, wait, -1), "run_s": run, "gpus": 2 ** dice.integers(0, 11, jobs), "restarts": np.zeros(jobs),
        "lost_s": np.zeros(jobs), "outcome": np.where(done, "finished", "running").astype(object),
        "reason": np.where(wait > 0, "capacity", "none").astype(object),
    })  # fmt: skip
    busy = filled(log.BUSY, {"at_s": [0], "tenant_index": [0], "kind_index": [0], "chips": [100]})
    at = np.sort(dice.integers(0, clock.end_s, 60))
    outages = filled(log.OUTAGES, {
        "at_s": at, "cause": ["gpu", "hbm", "nic"] * 20, "job_id": np.full(60, -1), "chips_down": np.full(60, 4),
        "repair_s": np.full(60, 86_400), "lost_gpu_s": np.full(60, 1e6),
    })  # fmt: skip
    span_h = np.diff(edges) / 3_600
    usage = rows(log.USAGE, [
        {
            "month_s": int(months[m]), "tenant_index": t, "entitled_gpu_h": live[m] * share[t] * span_h[m],
            "batch_gpu_h": live[m] * share[t] * span_h[m] * 0.5, "serve_gpu_h": live[m] * share[t] * span_h[m] * 0.2,
            "useful_gpu_h": live[m] * share[t] * span_h[m] * 0.68, "lost_gpu_h": live[m] * share[t] * span_h[m] * 0.02,
            "down_gpu_h": live[m] * share[t] * span_h[m] * 0.01, "useful_h100e_h": live[m] * share[t] * span_h[m] * 1.77,
        } for m in range(n) for t in range(tenants)
    ])  # fmt: skip
    a_log = log.Log(job_table, busy, outages, usage, {"goodput_fraction": 0.97})
    drawn = conditions.Conditions(
        filled(conditions.HOURS, {name: (hours if name == "hour_s" else season) for name in conditions.HOURS.names}),
        conditions.FAILURES.empty(), HOSTILE if hostile else "life cycle, location based", ("a note on weather",),
    )  # fmt: skip
    a_work = work.Work(work.JOBS.empty(), work.DEMAND.empty(), (HOSTILE if hostile else "Acme 2023 shares, scaled.",))
    return collect(
        a_premise, a_supply, a_timeline, a_work, drawn, a_log, a_flows, a_books, summary={"movers": movers}, extra=extra
    )
