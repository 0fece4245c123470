"""What customers hold by contract, and how it meets the chips that stand."""

from __future__ import annotations

from gigacampus.tables.table import Column, Spec

C = Column

COMMITMENTS = Spec(
    "commitments",
    "Contracts and offers for chips, one row each, as the file of commitments has them.",
    (
        C("customer", "str", "", "Who holds it."),
        C("chips", "i8", "chips", "How many chips."),
        C("chip", "str", "", "Chip model."),
        C("from_s", "i8", "s", "From when."),
        C("until_s", "i8", "s", "Until when: the first second after its last day; the largest int64 where it is open."),
        C("kind", "str", "", "reserved, on-demand (both must be served) or spot (may be taken back)."),
        C("price_usd_per_gpu_h", "f8", "USD/GPU/h", "Price of a chip-hour; NaN where the file has none."),
        C("signed_fraction", "f8", "", "Probability that it is or becomes a contract: 1 where signed."),
    ),
)

CONTRACTED = Spec(
    "contracted",
    "Chips by type and month against what is installed, each month by the day that has the least to spare.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("chip", "str", "", "Chip model."),
        C("installed_chips", "i8", "chips", "Chips there: the base at day 0 and what has gone live since."),
        C("signed_chips", "i8", "chips", "Reserved and on-demand chips of signed contracts."),
        C("p50_chips", "i8", "chips", "Reserved and on-demand chips, offers with their probability: the median draw."),
        C("p90_chips", "i8", "chips", "The same: one draw in ten has more."),
        C("spot_chips", "f8", "chips", "Spot chips, expected."),
        C("spare_chips", "i8", "chips", "Installed less the median, where positive: free or for spot."),
        C("oversold_chips", "i8", "chips", "The median less installed, where positive: promised and not there."),
        C("oversold_p90_chips", "i8", "chips", "What is missing at the most in nine draws of ten."),
        C("oversold_fraction", "f8", "", "Share of draws in which more is promised than is there."),
        C("revenue_usd", "f8", "USD", "Expected revenue of the month, rows without a price left out, spot in full."),
    ),
)

RUN_OUT = Spec(
    "run_out",
    "When each type runs out, and by when more must be ordered.",
    (
        C("chip", "str", "", "Chip model."),
        C("p50_s", "i8", "s", "First day on which at least half of the draws are oversold; the largest int64 if none."),
        C("p90_s", "i8", "s", "First day on which a tenth of the draws are: nine in ten hold until then."),
        C("order_p50_s", "i8", "s", "Latest order for that day at the median lead time; may lie before the start."),
        C("order_p90_s", "i8", "s", "Latest order for the cautious day, at the lead time's P90."),
        C("missing_p50_chips", "i8", "chips", "The most that the median draw ever lacks."),
        C("missing_p90_chips", "i8", "chips", "The most that is lacked on any day in nine draws of ten."),
    ),
)
