"""Export-control regimes by name: when each holds or held, and which rules of the catalog it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gigacampus.catalog.records import Rule, rules


@dataclass(frozen=True, slots=True)
class Regime:
    """A set of rules. `until` is the first day on which it no longer holds; None where it still does."""

    name: str
    title: str
    prefix: str
    start: date
    until: date | None
    status: str

    def holds_on(self, day: date) -> bool:
        """Whether it is in force (or, for a draft or a bill, on the table) on a day."""
        return self.start <= day and (self.until is None or day < self.until)

    def rules(self) -> dict[str, Rule]:
        """Its rules by key, each with its source."""
        return {key: rule for key, rule in rules().items() if key.startswith(f"{self.prefix}.")}


_ALL = (
    Regime("ear-2023", "EAR: thresholds by total processing performance", "ear", date(2023, 11, 17), None, "in force"),
    Regime("dc-veu-2024", "Data-centre validated end user", "veu", date(2024, 10, 2), None, "in force"),
    Regime("ai-diffusion-2025", "AI Diffusion rule", "diffusion", date(2025, 1, 13), date(2025, 5, 12), "rescinded"),
    Regime("gulf-terms-2025", "Terms of the Gulf deals of 2025", "gulf", date(2025, 5, 15), None, "deal term"),
    Regime("h200-rule-2026", "Case-by-case rule for China", "h200rule", date(2026, 1, 15), None, "in force"),
    Regime("draft-2026-03", "Draft of March 2026, not public", "draft2026", date(2026, 3, 5), None, "draft"),
    Regime("chip-security-act", "Chip Security Act, a bill", "chipsec", date(2026, 3, 26), None, "bill"),
)
REGIMES: dict[str, Regime] = {one.name: one for one in _ALL}
"""Every regime by name."""
