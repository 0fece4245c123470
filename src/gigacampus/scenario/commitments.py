"""What customers were promised, and what stands on the first day: held against the plan."""

from __future__ import annotations

from pydantic import Field

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import Chips, Span, assumed


class Commitments(Section):
    """Contracts and offers, held against the chips that the plan brings."""

    file: str
    """CSV with the columns customer, chips, type, from, to, kind, price, probability."""
    installed: dict[str, Chips] = Field(default_factory=dict)
    """By chip model: chips that stand already on the first day, beside those that the deal delivers."""
    lead_time: Span = assumed("9 months", note="order to live; quotes of 2025 and 2026 lie between 6 and 12 months")
    """From an order to live chips."""
