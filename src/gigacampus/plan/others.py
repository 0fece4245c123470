"""What variants bring or cost each licensee in cleared chips: who loses room, and who gains it."""

from __future__ import annotations

from typing import Any

from gigacampus.tables.supply import Supply


def by_licensee(base: Supply, other: Supply) -> dict[str, dict[str, int]]:
    """Chips cleared by the horizon's end, for each licensee with a difference: `base`, `other`, `difference`."""
    found: dict[str, dict[str, int]] = {}
    for key, supply in (("base", base), ("other", other)):
        for party, chips in zip(supply.deliveries["party"], supply.deliveries["chips"].tolist(), strict=True):
            one = found.setdefault(str(party), {"base": 0, "other": 0})
            one[key] += chips
    changed = {name: one for name, one in found.items() if one["base"] != one["other"]}
    return {name: {**one, "difference": one["other"] - one["base"]} for name, one in changed.items()}


def said(found: dict[str, dict[str, int]], names: dict[str, Any]) -> list[str]:
    """Who clears fewer chips, and who gains room by it; nothing where nobody does."""

    def listed(sign: int) -> str:
        mine = sorted(
            ((sign * one["difference"], name) for name, one in found.items() if sign * one["difference"] > 0),
            reverse=True,
        )
        return ", ".join(f"{names.get(name, name)} {chips:,}" for chips, name in mine)

    lost, gained = listed(-1), listed(1)
    if not lost and not gained:
        return []
    parts = [f"fewer chips clear by the end for {lost}"] if lost else []
    parts += [f"{'others gain room: ' if lost else ''}more chips clear for {gained}"] if gained else []
    text = "; ".join(parts)
    return [f"{text[0].upper()}{text[1:]} (all sites on the quota)."]
