"""What sampling a plan hands on: P10, P50 and P90 by month, the milestones' dates, and what moves them most."""

from __future__ import annotations

from gigacampus.tables.table import Column, Spec

C = Column

SAMPLE_MONTHS = Spec(
    "sample_months",
    "What is live at each month's end in one, five and nine of ten samples of the inputs' ranges.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("p10_chips", "f8", "chips", "Live chips: one in ten samples has fewer."),
        C("p50_chips", "f8", "chips", "Live chips: the median sample."),
        C("p90_chips", "f8", "chips", "Live chips: one in ten samples has more."),
        C("p10_h100e", "f8", "H100e", "The same in H100 equivalents."),
        C("p50_h100e", "f8", "H100e", "The median sample."),
        C("p90_h100e", "f8", "H100e", "One in ten samples has more."),
        C("p10_it_w", "f8", "W", "Provisioned IT power of live chips: one in ten samples has less."),
        C("p50_it_w", "f8", "W", "The median sample."),
        C("p90_it_w", "f8", "W", "One in ten samples has more."),
    ),
)

SAMPLE_MILESTONES = Spec(
    "sample_milestones",
    "When each milestone is met in the samples.",
    (
        C("milestone", "str", "", "Milestone."),
        C("title", "str", "", "What it means."),
        C("p10_s", "i8", "s", "One in ten samples is there by then; the largest int64 where not within the horizon."),
        C("p50_s", "i8", "s", "Half of the samples are there by then."),
        C("p90_s", "i8", "s", "Nine in ten samples are there by then."),
        C("never_fraction", "f8", "", "Share of the samples that are not there within the horizon."),
    ),
)

MOVERS = Spec(
    "movers",
    "What each ranged input does on its own, from its P10 to its P90, all others at their medians; the widest first.",
    (
        C("path", "str", "", "Path in the scenario."),
        C("text", "str", "", "Its range, as a person would write it."),
        C("metric", "str", "", "What is moved: live_chips, or another number of the summary."),
        C("low", "f8", "", "Change of the metric with the input at its P10."),
        C("high", "f8", "", "Change with the input at its P90."),
        C("unit", "str", "", "Unit of both."),
    ),
)

SAMPLE_MEASURES = Spec(
    "sample_measures",
    "Money in one, five and nine of ten samples of the inputs' ranges; work and facility are stand-ins.",
    (
        C(
            "measure",
            "str",
            "",
            "Measure of the accounts, as in the summary; by phase, class or obligation after a dot.",
        ),
        C("unit", "str", "", "Its unit."),
        C("median_inputs", "f8", "", "With every input at its median."),
        C("p10", "f8", "", "One in ten samples has less."),
        C("p50", "f8", "", "The median sample."),
        C("p90", "f8", "", "One in ten samples has more."),
        C("none_fraction", "f8", "", "Share of samples that have no such number (no rate of return, never paid back)."),
        C("samples", "i8", "", "Samples drawn."),
    ),
)

MEASURE_MOVERS = Spec(
    "measure_movers",
    "What each ranged input does to each measure of money on its own, from its P10 to its P90; the widest first.",
    (
        C("measure", "str", "", "Measure of the accounts."),
        C("path", "str", "", "Path in the scenario."),
        C("text", "str", "", "Its range, as a person would write it."),
        C("low", "f8", "", "Change of the measure with the input at its P10."),
        C("high", "f8", "", "Change with the input at its P90."),
        C("unit", "str", "", "Unit of both."),
    ),
)

DEFAULT_MOVERS = Spec(
    "default_movers",
    "What each input without a stated range does on its own by a default swing, all others as stated; the widest first.",
    (
        C("path", "str", "", "Path in the scenario."),
        C("text", "str", "", "Its value, as a person would write it."),
        C("swing", "str", "", "By how much it is moved down and up: the same for all amounts, and for all dates."),
        C("metric", "str", "", "What is moved."),
        C("low", "f8", "", "Change of the metric with the input lower, or earlier."),
        C("high", "f8", "", "Change with the input higher, or later."),
        C("unit", "str", "", "Unit of both."),
    ),
)
