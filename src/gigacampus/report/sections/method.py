"""How the numbers are made, in numbered statements, with the run's own notes."""

from __future__ import annotations

from gigacampus.report.html import Html, prose, tag
from gigacampus.report.section import Section, listed
from gigacampus.report.view import View

STATEMENTS = (
    "A lot of chips is cleared when its licence, its quota window and its gates allow it; every decision is a row of "
    "the compliance ledger with the balance before and after.",
    "Chips go live when they have arrived, a hall stands and is energised, racks are installed no faster than the "
    "stated rate, and commissioning is over. What binds in a month is the limit that, relaxed alone, would let more "
    "chips be live.",
    "Jobs are drawn from published shares of real workloads and scaled to each tenant. They show what queues and "
    "failures do on such a campus; they are not the tenants' jobs.",
    "Each tenant's jobs wait in its own queue for its own chips. Failures are drawn before the run, kill what they "
    "hit, and cost the work since the last checkpoint.",
    "IT power follows from what every chip does: idle, training, serving. Losses, cooling and water follow from the "
    "load and the hour's weather. Energy is integrated between events, not sampled.",
    "Carbon counts what the boundary in the carbon section names, and nothing else.",
    "Money is kept in cents in a double-entry ledger; the postings of each transaction sum to exactly zero.",
    "All randomness comes from one seed, a named stream for each component, so adding a hall does not reshuffle "
    "failures.",
    "People's motives are not modelled. What is alleged changes nothing unless a variant named for it is turned on.",
)
ROOMS = {"workload": "Workload", "conditions": "Weather and conditions"}


def section(view: View) -> Section:
    """Numbered statements, then the run's notes."""
    statements = tag("ol", [tag("li", one) for one in STATEMENTS], class_="statements")
    parts: list[Html] = [statements]
    for room, notes in (view.meta.get("notes") or {}).items():
        if notes:
            parts.append(
                tag("div", tag("h3", ROOMS.get(room, room.capitalize())), listed([prose(one) for one in notes]))
            )
    answer = "Data goes one way: from what may come in, to what stands, to what runs, to what it draws and costs."
    return Section("method", "Method", "How is it computed?", answer, parts)
