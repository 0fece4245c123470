"""What `plan` prints of commitments: chips promised and there, by type and month, and by when to order more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gigacampus.results import Results


def promised(clock: Any, found: Results) -> list[str]:
    """A line for each type and month in which something changed, then when each type runs out; nothing without."""
    if "contracted" not in found:
        return []
    head = ("installed", "signed", "P50", "P90", "spot", "spare", "oversold", "at P90", "sold out")
    told = [
        "",
        "promised against installed, each month by its tightest day; reserved and on-demand, offers by probability:",
        f"{'month':<8} {'type':<7}" + "".join(f"{one:>10}" for one in head),
    ]
    before: dict[str, tuple[Any, ...]] = {}
    names = ("installed", "signed", "p50", "p90", "spot", "spare", "oversold", "oversold_p90")
    for row in sorted(found.tables["contracted"].rows(), key=lambda one: one["month_s"]):
        now = tuple(round(row[f"{name}_chips"]) for name in names)
        if now != before.get(row["chip"], (0,) * len(names)):
            cells = "".join(f"{value:>10,}" for value in now)
            told.append(f"{clock.iso(row['month_s'])[:7]:<8} {row['chip']:<7}{cells}{row['oversold_fraction']:>9.0%}")
        before[row["chip"]] = now
    for row in found.tables["run_out"].rows():
        told += _ends(clock, row)
    return told


def _ends(clock: Any, row: dict[str, Any]) -> list[str]:
    """When a type runs out, and the latest orders."""
    told = []
    for name, word in (("p50", "P50: half of the draws"), ("p90", "P90: nine in ten hold until then")):
        if row[f"{name}_s"] >= clock.end_s:
            told.append(f"{row['chip']} does not run out within the horizon ({word})")
            continue
        order = row[f"order_{name}_s"]
        late = ", already past" if order < clock.known_s else ""
        told.append(
            f"{row['chip']} runs out in {clock.iso(row[f'{name}_s'])[:7]} ({word}); at most "
            f"{row[f'missing_{name}_chips']:,} missing; latest order {clock.iso(order)}{late}"
        )
    return told
