"""What is taken away for good: gone from what is live, told apart from what is lost for a while, in samples as well."""

from __future__ import annotations

import numpy as np

from gigacampus import buildout, deal
from gigacampus.clock import NEVER
from gigacampus.plan.samples import relevant, samples
from gigacampus.scenario import load

SETS = ['campus.losses={"moved": {"share": "20 %", "start": "2028-10-01"}}']


def test_a_loss_without_an_end_takes_chips_away_for_good() -> None:
    scenario = load("stargate-uae", overrides=SETS)
    timeline = buildout.plan(scenario, deal.clear(scenario))
    months, base = timeline.months, load("stargate-uae")
    before = buildout.plan(base, deal.clear(base)).months
    gone = months["removed_chips"]
    assert gone[-1] > 0
    assert (months["lost_chips"] == 0).all()
    np.testing.assert_array_equal(months["live_chips"] + gone, before["live_chips"])
    hit = timeline.halls["lost_from_s"] != NEVER
    assert hit.any()
    assert (timeline.halls["lost_until_s"][hit] == NEVER).all()


def test_samples_equal_the_walk_with_it() -> None:
    scenario = load("stargate-uae", overrides=SETS)
    found, ranges = samples(scenario, 2), relevant(scenario)
    for k in range(2):
        drawn = ranges.at(found.values[k])
        installs = buildout.stand(drawn, deal.clear(drawn)).installs
        assert int(installs["chips"].sum()) == int(found.chips[k, -1])
