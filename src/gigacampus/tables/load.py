"""What `power` and `load` write about a finished run: swings, and the tables that a utility is given."""

from __future__ import annotations

from gigacampus.tables.table import Column, Spec

C = Column

SWINGS = Spec(
    "swings",
    "Beat of synchronous work at one instant, by class of work.",
    (
        C("kind", "str", "", "Class of work."),
        C("beat", "str", "", "What dips: every step, or every checkpoint."),
        C("jobs", "i8", "", "Running jobs of at least 64 chips."),
        C("chips", "i8", "chips", "Chips they hold."),
        C("period_s", "f8", "s", "From one dip to the next."),
        C("dip_s", "f8", "s", "How long a dip lasts."),
        C("base_w", "f8", "W", "Their mean power at the meter."),
        C("first_w", "f8", "W", "Amplitude at the frequency of the dips, jobs independent."),
        C("second_w", "f8", "W", "Amplitude at twice that frequency, jobs independent."),
        C("rms_w", "f8", "W", "Root mean square of the swing, jobs independent."),
        C("one_w", "f8", "W", "From trough to crest of the largest of these jobs alone."),
        C("in_step_w", "f8", "W", "From trough to crest where all of these jobs are in step: the worst case."),
        C("storage_j", "f8", "J", "Storage that flattens that worst case: a half-cycle of steps, or one checkpoint."),
        C("source", "str", "", "Where the dip is from."),
    ),
)

HOURLY = Spec(
    "load_hours",
    "Load by the hour, mean over the hour.",
    (
        C("hour_utc", "str", "", "Start of the hour, UTC."),
        C("hour_local", "str", "", "The same in local standard time."),
        C("load_mw", "f8", "MW", "Active power."),
        C("load_mvar", "f8", "Mvar", "Reactive power at the stated power factor."),
    ),
)
MONTHLY = Spec(
    "load_months",
    "Load by month.",
    (
        C("month", "str", "", "Month, UTC."),
        C("peak_mw", "f8", "MW", "Highest hour."),
        C("least_mw", "f8", "MW", "Lowest hour."),
        C("mean_mw", "f8", "MW", "Mean."),
        C("load_factor_fraction", "f8", "", "Mean over peak; NaN where there is no load."),
        C("contracted_mw", "f8", "MW", "Limits of the sources available in the month."),
        C("provisioned_it_mw", "f8", "MW", "Provisioned IT power at the month's end."),
    ),
)
ENERGISATION = Spec(
    "energisation",
    "Halls in the order in which they are energised.",
    (
        C("hall", "str", "", "Hall."),
        C("day", "str", "", "Energised on."),
        C("it_mw", "f8", "MW", "Provisioned IT power that it can hold."),
        C("total_it_mw", "f8", "MW", "With all halls before it."),
    ),
)
RAMPS = Spec(
    "ramp_durations",
    "Ramp-duration curve: how often the load moves by more than so much within ten minutes.",
    (
        C("exceeded_fraction", "f8", "", "Share of the ten-minute intervals with load in which the change is larger."),
        C("up_mw", "f8", "MW", "Rise within ten minutes."),
        C("down_mw", "f8", "MW", "Fall within ten minutes."),
    ),
)
