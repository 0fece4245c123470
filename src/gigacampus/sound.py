"""`sound`: a scenario that can be played, the files that it names read too; or the faults of all of it at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from gigacampus.errors import Fault, Gathered, ScenarioError
from gigacampus.scenario import Scenario, load
from gigacampus.scenario.diagnose import in_order


def sound(
    name_or_path: str | Path, variants: Sequence[str] = (), overrides: Sequence[str] = (), seed: int | None = None,
    *, plays: bool = True,
) -> Scenario:  # fmt: skip
    """`scenario.load`, and a look by each room at what it will read; ScenarioError with all faults together.

    Where the scenario itself has faults, rooms look at what can be read of it. `plays` is whether jobs will be played:
    a plan needs neither weather nor the tenants' logs.
    """
    try:
        scenario = load(name_or_path, variants, overrides, seed)
    except ScenarioError as error:
        if error.partly is None:
            raise
        more = looked(error.partly, plays=plays, is_sound=False)
        raise ScenarioError(in_order([*error.faults, *more], error.partly._source)) from None
    if found := looked(scenario, plays=plays):
        raise ScenarioError(found)
    return scenario


def with_base(
    name_or_path: str | Path, variants: Sequence[str] = (), overrides: Sequence[str] = (), seed: int | None = None,
    *, plays: bool = True,
) -> tuple[Scenario, Scenario | None]:  # fmt: skip
    """The same, and beside it the scenario without its variants, to compare with; None where none is on."""
    gathered, base = Gathered(), None
    with gathered:
        scenario = sound(name_or_path, variants, overrides, seed, plays=plays)
    if variants:
        with gathered:
            base = load(name_or_path, (), overrides, seed)
    gathered.told(ScenarioError)
    return scenario, base


def looked(scenario: Scenario, *, plays: bool, is_sound: bool = True) -> list[Fault]:
    """What the rooms find in the files that a scenario names; of one that is not sound, as far as they get."""
    gathered = Gathered()
    for look in _looks(plays=plays):
        # a room may stumble over what has been told already
        with contextlib.suppress(*(() if is_sound else (Exception,))), gathered:
            look(scenario)
    return list(dict.fromkeys(gathered.faults))


def _looks(*, plays: bool) -> list[Callable[[Scenario], object]]:
    """Each room's look at what it will read, imported no sooner than it is asked."""
    from gigacampus.deal.actuals import look as ledger
    from gigacampus.plan.contracted import look as commitments

    if not plays:
        return [ledger, commitments]
    from gigacampus.conditions import look as site
    from gigacampus.engine.look import look as policy
    from gigacampus.workload.look import look as work

    return [ledger, commitments, site, work, policy]
