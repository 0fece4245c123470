"""Who stands behind whom: the topmost known parent of a party."""

from __future__ import annotations

from gigacampus.scenario.deal import Deal


def ultimate_parent(deal: Deal, party: str) -> str:
    """The topmost controlling owner that is known: up `parent`, else up links of control or of more than half.

    A party without such an owner is its own. Circles end at the first party seen twice.
    """
    seen = [party]
    while True:
        above = _parent(deal, seen[-1])
        if not above or above in seen:
            return seen[-1]
        seen.append(above)


def _parent(deal: Deal, party: str) -> str:
    known = deal.parties.get(party)
    if known and known.parent:
        return known.parent
    for link in deal.ownership:
        controls = link.kind == "control" or (link.kind == "equity" and link.share is not None and link.share > 0.5)
        if link.owned == party and controls:
            return link.owner
    return ""
