"""What stands where a value of a scenario cannot be read, so that the rest can be checked all the same.

Whatever is asked of `UNKNOWN` raises UnknownError: a check that needs it gives up, one that does not tells its
problems. So no fault hides another, and none is told that is none.
"""

from __future__ import annotations

import contextlib
from typing import Any, NoReturn


class UnknownError(Exception):
    """Something was asked of a value that could not be read."""


where_known = contextlib.suppress(UnknownError)
"""The block is left where it comes to a value that could not be read."""


class Unknown:
    """A value that could not be read."""

    __slots__ = ()

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(name) if name.startswith("__") else UnknownError

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # a copy is the same one, so that `is` tells it


def _refuse(*_: Any) -> NoReturn:
    raise UnknownError


_ASKED = """bool float int index complex str format fspath iter len contains getitem call hash eq ne lt le gt ge neg pos
abs round add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow and rand or ror array"""
for _name in _ASKED.split():
    setattr(Unknown, f"__{_name}__", _refuse)

UNKNOWN = Unknown()
