"""What rests on what: which inputs move which results, and how each kind of result comes about.

The rules were found by changing every key of a scenario on its own and looking at which tables moved; a test repeats
that for a key of every rule (`tests/report/test_lineage.py`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, NamedTuple


class Topic(NamedTuple):
    """One kind of result."""

    key: str
    title: str
    section: str
    """Section of the report that shows it first."""
    how: str
    """How it comes about, in a sentence or two."""
    tables: tuple[str, ...]
    """Tables of the run folder that hold it."""


TOPICS = {
    one.key: one
    for one in (
        Topic(
            "clearances", "Clearances, licences, quotas, obligations", "licences",
            "Each request to ship is taken in the order of decisions and cut to what its licence, its quota window and "
            "its gates have left; what is cleared is drawn from both, and obligations follow from what is cleared.",
            ("compliance", "deliveries", "gates", "licences", "obligations", "quota_windows"),
        ),
        Topic(
            "live", "Live chips and what binds", "build-out",
            "Cleared chips arrive after their transit, wait for an energised hall, are installed no faster than the "
            "stated rate and go live after commissioning. What binds is found by relaxing one limit at a time.",
            ("buildout_months", "buildout_shadow", "halls", "installs"),
        ),
        Topic(
            "parties", "Who gets what", "parties",
            "Live chips are shared among tenants by their tenancies; roles follow each lot; owners behind owners "
            "multiply the shares along each way of links.",
            ("capacity", "commitments", "contracted", "look_through", "outside_flows", "party_links", "role_months",
             "run_out", "tenants"),
        ),
        Topic(
            "work", "Work: use, waits, goodput", "work",
            "Jobs are drawn for each tenant, wait in its queue for its live chips, and lose the work since the last "
            "checkpoint where a failure strikes. GPU-hours are chips times time, summed between events.",
            ("busy", "demand", "failures_drawn", "jobs", "outages", "usage", "work_jobs"),
        ),
        Topic(
            "power", "Power, energy, water and carbon", "power",
            "IT power follows from what each chip does; losses, cooling and water from load and weather, hour by hour; "
            "sources serve the meter in merit order, and carbon is the energy of each times its intensity.",
            ("conditions_hours", "cooling_options", "cooling_options_limited", "envelope", "event_costs", "flows_hours",
             "flows_months", "flows_tenants", "grid_events", "source_months", "water_months"),
        ),
        Topic(
            "cash", "Cash", "cost",
            "Every payment is a transaction of a double-entry ledger in whole cents: chips, buildings, energy, "
            "operation, revenue, matching money and debt, by payer and month.",
            ("loans", "party_measures", "party_months", "postings"),
        ),
        Topic(
            "cost", "Cost of a GPU-hour", "cost",
            "Levelised: capital is charged over its life at the discount rate, with energy, water and operation, "
            "over the useful GPU-hours.",
            ("capex_phases", "capex_published", "cost_parts", "published", "tenant_cost"),
        ),
    )
}  # fmt: skip
AFTER_DEAL = ("live", "parties", "work", "power", "cash", "cost")
AFTER_CAMPUS = ("work", "power", "cash", "cost")
RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("start", tuple(TOPICS)),
    ("end", tuple(TOPICS)),
    ("known_as_of", ("clearances", "live", "parties", "cash")),
    ("seed", AFTER_CAMPUS),
    ("deal.ownership", ("clearances", "parties")),
    ("deal.parties", ("parties",)),
    ("deal.flows", ("parties",)),
    ("deal", ("clearances", *AFTER_DEAL)),
    ("campus", AFTER_DEAL),
    ("tenants", ("parties", *AFTER_CAMPUS)),
    ("commitments", ("parties",)),
    ("operations", AFTER_CAMPUS),
    ("site.embodied", ("power",)),
    ("site.power_factor", ("power",)),
    ("site.water_energy", ("power",)),
    ("site.water_price", ("power", "cash", "cost")),
    ("site", AFTER_CAMPUS),
    ("costs.published", ("cost",)),
    ("costs.chip_price", ("clearances", "cash", "cost")),
    ("costs", ("cash", "cost")),
)
"""Beginning of a path, and what rests on it; the longest beginning that fits counts."""


def resting(path: str) -> tuple[str, ...]:
    """Keys of the topics that rest on the input at a path."""
    found = [(begin, keys) for begin, keys in RULES if path == begin or path.startswith(f"{begin}.")]
    return max(found, key=lambda one: len(one[0]))[1] if found else ()


def under(topic: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The inputs that a topic rests on."""
    return [row for row in rows if topic in resting(str(row["path"]))]


def shown(topic: str, held: Container[str]) -> bool:
    """Whether a run (or any container of table names) holds results of the kind."""
    return any(table in held for table in TOPICS[topic].tables)


def topic_of(table: str) -> str:
    """The topic that a table of the run folder belongs to; empty where it belongs to none."""
    return next((one.key for one in TOPICS.values() if table in one.tables), "")
