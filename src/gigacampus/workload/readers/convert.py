"""Text to numbers, instants and spans, a column at a time; what does not convert is marked, never guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gigacampus.tables import arrow
from gigacampus.tables.arrow import from_numbers
from gigacampus.tables.arrow import numbers as numbers_of

Mask = NDArray[np.bool_]
NULLS = [
    "", "NULL", "null", "None", "none", "NaN", "nan", "NA", "N/A", "Unknown", "unknown", "<nil>", "NaT", "UNLIMITED",
    "Partition_Limit", "INVALID",
]  # fmt: skip
"""Words that stand for an absent value in any column; the last three are Slurm's for no limit of its own."""

_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"
_SPAN = r"^\s*(?:(?P<d>\d+)-)?(?:(?P<h>\d+):)?(?P<m>\d+):(?P<s>\d+)(?:\.\d+)?\s*$"
_EPOCH = r"^\s*\d{9,10}(\.\d+)?\s*$"
ABSENT = pa.nulls(1, pa.string())[0]
_LARGEST = 2.0**53  # beyond it a float skips whole numbers; no log of seconds or chips comes near


def numbers(text: Any) -> tuple[NDArray[Any], Mask, Mask]:
    """A string array as int64 or float64, with masks of the known and of the bad cells (neither means absent)."""
    known = numbers_of(pc.is_valid(text))
    bad = np.zeros(len(text), bool)
    try:
        whole_numbers = numbers_of(pc.cast(text, pa.int64()))
        bad = known & ((whole_numbers > _LARGEST) | (whole_numbers < -_LARGEST))
        return np.where(bad, 0, whole_numbers) if bad.any() else whole_numbers, known & ~bad, bad
    except pa.ArrowInvalid:
        pass
    try:
        floats = numbers_of(pc.cast(text, pa.float64()))
    except pa.ArrowInvalid:
        bad = known & ~numbers_of(pc.match_substring_regex(text, _NUMBER))
        clean = pc.if_else(from_numbers(~bad), pc.utf8_trim_whitespace(text), ABSENT)
        floats = numbers_of(pc.cast(clean, pa.float64()))
    bad = bad | (known & (np.isnan(floats) | (np.abs(floats) > _LARGEST)))
    return np.where(known & ~bad, floats, 0.0), known & ~bad, bad


def whole(values: NDArray[Any], scale: float = 1.0) -> NDArray[np.int64]:
    """Numbers as int64 after scaling, rounded to the nearest."""
    if values.dtype == np.int64 and scale == 1.0:
        return values
    return np.rint(values * scale).astype(np.int64)


def instants(text: Any, zone: str) -> tuple[NDArray[np.float64], Mask, Mask]:
    """Dates with time as seconds since 1970 UTC; those without offset are read in `zone`, bare seconds as they are."""
    known = numbers_of(pc.is_valid(text))
    zoned = numbers_of(pc.match_substring_regex(text, r"(Z|[+-]\d\d:?\d\d)\s*$")) & known
    # "2017-10-09" alone ends like an offset; an offset follows a time of day
    zoned &= numbers_of(pc.match_substring(text, ":"))
    seconds, bad = np.zeros(len(text)), np.zeros(len(text), bool)
    # sacct under SLURM_TIME_FORMAT=%s, and many a script, write seconds since 1970
    epoch = numbers_of(pc.match_substring_regex(text, _EPOCH))
    if epoch.any():
        seconds[epoch] = numbers_of(pc.cast(text.filter(from_numbers(epoch)), pa.float64()))
        text = pc.if_else(from_numbers(epoch), ABSENT, text)
        rest = known & ~epoch
    else:
        rest = known
    zoned &= rest
    for part, with_zone in ((zoned, True), (rest & ~zoned, False)):
        if not part.any():
            continue
        found, wrong = _stamps(text if part.all() else text.filter(from_numbers(part)), zone, with_zone)
        seconds[part], bad[part] = found, wrong
    return seconds, known & ~bad, bad


def _stamps(text: Any, zone: str, with_zone: bool) -> tuple[NDArray[np.float64], Mask]:
    """Seconds since 1970 of the dates in `text`, and which of them are no dates."""
    # nanoseconds: Azure stamps to 100 ns, and a cast refuses digits that it would lose
    kind = pa.timestamp("ns", tz="UTC") if with_zone else pa.timestamp("ns")
    try:
        stamps, bad = pc.cast(text, kind), np.zeros(len(text), bool)
    except pa.ArrowInvalid:
        one_by_one = [_stamp(value, kind) for value in text.to_pylist()]
        bad = np.array([value is None for value in one_by_one])
        stamps = pa.array([None if one is None else one.value for one in one_by_one], pa.int64()).cast(kind)
    if not with_zone and zone != "UTC":
        stamps = pc.assume_timezone(stamps, zone, ambiguous="earliest", nonexistent="latest")
    return numbers_of(stamps.cast(pa.int64())) / 1e9, bad


def _stamp(value: str, kind: Any) -> Any:
    try:
        return pa.scalar(value.strip()).cast(kind)
    except pa.ArrowInvalid:
        return None


def spans(text: Any) -> tuple[NDArray[np.int64], Mask, Mask]:
    """Slurm's `[D-]HH:MM:SS` or `MM:SS` as seconds; other words (UNLIMITED, Partition_Limit) are absent."""
    parts = pc.extract_regex(text, _SPAN)
    found = numbers_of(pc.is_valid(parts))
    total = np.zeros(len(text), np.int64)
    for name, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        piece = pc.struct_field(parts, name)
        is_there = numbers_of(pc.not_equal(piece, arrow.text("")))
        digits = pc.if_else(from_numbers(is_there), piece, arrow.text("0"))
        total += size * numbers_of(pc.cast(digits, pa.int64()))
    return total, found, np.zeros(len(text), bool)


def codes(text: Any) -> tuple[NDArray[np.int32], list[str]]:
    """Texts numbered: an index a row (-1 where absent) and the words behind the numbers."""
    encoded = text.dictionary_encode()
    return numbers_of(encoded.indices, -1).astype(np.int32), encoded.dictionary.to_pylist()
