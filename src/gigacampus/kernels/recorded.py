"""The past as it was: chips go live on the days of record, and whatever the record does not have goes live after it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel
from gigacampus.kernels.order import in_order

Array = NDArray[Any]
RECORD = np.dtype([("at", "i8"), ("model_index", "i8"), ("hall_index", "i8"), ("chips", "i8")])
"""What went live, in order of time: when, which model, in which hall (-1 where none is named), how many chips."""


@kernel
def retimed(at: Array, chips: Array, models: Array, record: Array, known: int) -> tuple[Array, Array, Array, Array]:
    """Planned pieces with the record in their place: times, chips, the piece each comes from, and halls of record.

    Pieces of a model take the record's chips in the order in which the plan has them live; what is left of them goes
    live when planned, but not before `known`. Times are in any one unit. Halls are -1 where the record names none.
    """
    left = record["chips"].copy()
    room = len(at) + len(record) * 2 + 1
    out_at, out_chips = np.zeros(room, dtype=np.int64), np.zeros(room, dtype=np.int64)
    source, hall = np.zeros(room, dtype=np.int64), np.full(room, -1, dtype=np.int64)
    count = 0
    order = in_order(at)
    for k in range(len(order)):
        piece = order[k]
        rest = chips[piece]
        for r in range(len(record)):
            if rest == 0:
                break
            if record[r]["model_index"] != models[piece] or left[r] == 0:
                continue
            taken = min(rest, left[r])
            out_at[count], out_chips[count] = record[r]["at"], taken
            source[count], hall[count] = piece, record[r]["hall_index"]
            count += 1
            left[r] -= taken
            rest -= taken
        if rest > 0:
            out_at[count], out_chips[count], source[count] = max(at[piece], known), rest, piece
            count += 1
    return out_at[:count], out_chips[:count], source[:count], hall[:count]
