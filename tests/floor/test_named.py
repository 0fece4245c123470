"""Placements of one's own on a floor equal the rule that they repeat, and a twin, and see no room that is closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigacampus.clock import NEVER
from gigacampus.engine.floor.given import Rules, rows_of
from gigacampus.errors import InputError
from tests.engine import owned
from tests.engine.digests import digest
from tests.floor.test_general import PARTS, equal, generally, made
from tests.floor.worlds import Case

FILE = (
    owned.FILE
    + """

@placement
def tightest(view, j):
    gpus, best, least = view.jobs[j]["gpus"], NONE, 0
    for n in range(len(view.nodes)):
        free = view.nodes[n]["gpus_free"]
        if free >= min(gpus, view.nodes[n]["gpus"]) > 0 and (best == NONE or (free < least and gpus <= least)):
            best, least = n, free
    return best


@placement
def emptiest(view, j):
    best = 0
    for n in range(len(view.nodes)):
        if view.nodes[n]["gpus_free"] > view.nodes[best]["gpus_free"]:
            best = n
    return best if view.nodes[best]["gpus_free"] > 0 else NONE


@placement
def by_rack(view, j):
    best, least = NONE, 0
    free = [0] * len(view.nodes)
    for n in range(len(view.nodes)):
        free[view.nodes[n]["rack"]] += view.nodes[n]["gpus_free"]
    for n in range(len(view.nodes)):
        node = view.nodes[n]
        if node["gpus_free"] > 0 and (best == NONE or free[node["rack"]] < least):
            best, least = n, free[node["rack"]]
    return best


@placement
def beyond(view, j):
    return 0 if view.nodes[99]["gpus_free"] else NONE


@placement
def watchful(view, j):
    shut = 10 <= view.now_s < 50
    for n in range(len(view.nodes)):
        free = view.nodes[n]["gpus_free"] + view.nodes[n]["gpu_milli_free"]
        if shut and n >= 2 and free > 0:
            return 1000
    for n in range(len(view.nodes)):
        if view.nodes[n]["gpus_free"] > 0:
            return n
    return NONE
"""
)


def emptiest(nodes: list[Any], free: dict[int, int], job: Any) -> int | None:
    best = max(nodes, key=lambda n: (free[n.index], -n.index))
    return best.index if free[best.index] else None


def by_rack(nodes: list[Any], free: dict[int, int], job: Any) -> int | None:
    racks: dict[int, int] = {}
    for n in nodes:
        racks[n.rack] = racks.get(n.rack, 0) + free[n.index]
    able = [n for n in nodes if free[n.index]]
    return min(able, key=lambda n: (racks[n.rack], n.index)).index if able else None


TWINS = {"emptiest": emptiest, "by_rack": by_rack}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("mine") / "mine.py"
    path.write_text(FILE)
    return str(path)


def alike(seed: int, policy: str, parts: dict[str, bool]) -> Case:
    """Jobs that fit a node or fill some, whole GPUs, alike nodes: what a function can tell without a memory."""
    one = made(seed, policy, "bestfit", parts)
    size = one.sizes[0]
    one.sizes = [size] * len(one.sizes)
    one.jobs["milli"] = [1000] * len(one)
    one.jobs["domain_gpus"] = [0] * len(one)
    one.jobs["gpus"] = [gpus if gpus <= size else gpus // size * size for gpus in one.jobs["gpus"]]
    return one.fitting()


def told(one: Case) -> list[Any]:
    found = generally(one)
    names = ("start_s", "since_s", "end_s", "tries", "lost_s", "attempts")
    return [*(getattr(found.played, name).tolist() for name in names), found.places.tolist(), found.held_back_gpu_s]


@pytest.mark.parametrize(("name", "rule"), [("tightest", "bestfit"), ("roomiest", "spread")])
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32 - 1), policy=st.sampled_from(["fcfs", "easy", "conservative", "srtf"]),
    parts=st.sampled_from(PARTS),
)  # fmt: skip
def test_it_is_the_rule_that_it_repeats(
    mine: str, name: str, rule: str, seed: int, policy: str, parts: dict[str, bool]
) -> None:  # fmt: skip
    """On random floors with all that befalls them: starts, stops, places."""
    one = alike(seed, policy, parts)
    if len(one):
        one.rules = replace(one.rules, placement=rule)
        built_in = told(one)
        one.rules = replace(one.rules, placement=f"{mine}:{name}")
        assert told(one) == built_in


@pytest.mark.parametrize("name", TWINS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32 - 1), policy=st.sampled_from(["fcfs", "sjf-easy", "conservative", "srtf", "spot"]),
    parts=st.sampled_from(PARTS),
)  # fmt: skip
def test_many_schedules_equal_their_twins(mine: str, name: str, seed: int, policy: str, parts: dict[str, bool]) -> None:
    """Jobs of all kinds: gangs cut by the node, shares, domains, preferences."""
    one = made(seed, policy, "packed", parts)
    if len(one):
        one.rules = replace(one.rules, placement=f"{mine}:{name}")
        equal(one, (), TWINS[name])


def two_racks(placement: str, **more: Any) -> Case:
    """Four nodes of two GPUs in two racks; from 10 to 50 s the second is out."""
    jobs = {"submit": [0, 5, 12, 20, 60], "run": [8, 30, 20, 5, 5], "estimate": [8, 30, 20, 5, 5],
            "gpus": [4, 2, 2, 2, 8], "milli": [1000] * 5}  # fmt: skip
    rules = Rules("easy", placement)
    return Case(jobs, [2] * 4, ["A"] * 4, rows_of(4, 2), rules, **{"outages": [(10, 50, 2, 4, 0, NEVER)], **more})


def test_it_never_sees_room_that_is_closed(mine: str) -> None:
    """`watchful` answers nonsense where it does: nodes out of service, and those that maintenance takes too soon."""
    for outage in ((10, 50, 2, 4, 0, NEVER), (10, 50, 2, 4, 1, 10), (200, 300, 2, 4, 1, 10)):
        one = two_racks(f"{mine}:watchful", outages=[outage])
        one.jobs["estimate"] = [300] * 5
        found = generally(one)
        assert found.played.tries.max() > 0
    with pytest.raises(InputError, match="no node's index"):
        generally(two_racks(f"{mine}:watchful", outages=[]))
    one = two_racks(f"{mine}:watchful", outages=[])
    one.jobs["halls"] = [1] * 5
    one.layout = rows_of(4, 2, None, 1)
    one.jobs["gpus"] = [4, 2, 2, 2, 4]
    generally(one)


@pytest.mark.parametrize(
    ("name", "said"),
    [("elsewhere", "1000, which is no node's index"), ("crowded", "out of service or closed to the job"),
     ("beyond", "out of bounds")],
)  # fmt: skip
def test_what_makes_no_sense_is_told(mine: str, name: str, said: str) -> None:
    one = two_racks(f"{mine}:{name}", outages=[(0, 50, 0, 2, 0, NEVER)])
    with pytest.raises(InputError, match=said) as error:
        generally(one)
    assert error.value.faults[0].file == mine


def digests(path: str) -> dict[str, str]:
    """Digests of small schedules with every trouble; run as a script they are printed as JSON."""
    found = {}
    for k, parts in enumerate(PARTS):
        for name in ("tightest", "roomiest", "by_rack"):
            policy = ("easy", "conservative", "srtf")[k % 3]
            one = alike(k, policy, parts) if name != "by_rack" else made(k, policy, "packed", parts)
            one.rules = replace(one.rules, placement=f"{path}:{name}")
            played = generally(one)
            found[f"{name}/{'+'.join(parts)}"] = digest(
                played.played.start_s, played.played.end_s, played.places, played.attempts
            )
    return found


def test_plain_python_gives_the_same_schedules(mine: str) -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.floor.test_named", mine], cwd=root, text=True, check=True, capture_output=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert json.loads(ran.stdout) == digests(mine)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(digests(sys.argv[1])))
