"""The least key among numbered things, the first of equals: a 32-ary tree of 16-bit minima.

A node is 32 keys in one cache line; to change a key is a few minima of lines on the way up, to find the least a few
comparisons on the way down. It lies in a flat int64 array that the caller lays out, four keys a word, from `at` on; a
thing without a key has NO_KEY.
"""

from __future__ import annotations

from typing import Any

from gigacampus.kernels.jit import part
from gigacampus.kernels.schedule.pointer import lane_of, lane_with, least_lane, least_with, set_lane

NO_KEY = 2**15 - 1
NO_KEYS = NO_KEY << 48 | NO_KEY << 32 | NO_KEY << 16 | NO_KEY
"""A word of four."""
LINE = 8
"""Words of a node."""


def mintree_size(things: int) -> int:
    """Int64 elements of a tree for so many things; fill them with NO_KEYS."""
    nodes, total = -(-max(things, 1) // 32), 0
    while True:
        total += nodes * LINE
        if nodes == 1:
            return total
        nodes = -(-nodes // 32)


@part
def set_key(tree: Any, at: int, things: int, thing: int, key: int) -> None:
    """Give a thing another key."""
    nodes = (things + 31) >> 5
    while True:
        node = thing >> 5
        least = least_with(tree, at + node * LINE, thing & 31, key)
        set_lane(tree, at + node * LINE, thing & 31, key)
        if nodes == 1:
            return
        key = least
        at += nodes * LINE
        nodes = (nodes + 31) >> 5
        if lane_of(tree, at + (node >> 5) * LINE, node & 31) == key:
            return
        thing = node


@part
def first_least(tree: Any, at: int, things: int) -> int:
    """The first thing of those with the least key; -1: none has a key."""
    nodes, level = (things + 31) >> 5, 0
    while nodes > 1:
        at += nodes * LINE
        nodes = (nodes + 31) >> 5
        level += 1
    key = least_lane(tree, at)
    if key == NO_KEY:
        return -1
    thing = lane_with(tree, at, key)
    while level > 0:
        level -= 1
        at -= ((things + (1 << (5 * level + 5)) - 1) >> (5 * level + 5)) * LINE
        thing = (thing << 5) + lane_with(tree, at + thing * LINE, key)
    return thing
