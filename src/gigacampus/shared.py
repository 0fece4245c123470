"""What several processes of one machine need alike, made once and then mapped into the memory of each.

Logs that were read, fits and weather years are the same for every run of a sweep. While one goes on, `within` names a
folder in the environment, which worker processes inherit; without it everything is simply made.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
FOLDER = "GIGACAMPUS_SHARED"
"""Environment variable with the folder of what is shared."""
_ALIGNED = 64
"""Arrays begin at multiples of so many bytes, as NumPy's own do."""


@contextlib.contextmanager
def within() -> Iterator[None]:
    """Share what processes that begin within the block make, in a temporary folder that goes with it."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="gigacampus-shared-")
    try:
        yield
    finally:
        forget()


def forget() -> None:
    """Remove what is shared; processes that have mapped it keep it."""
    folder = os.environ.pop(FOLDER, "")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def shared(name: str, make: Callable[[], T]) -> T:
    """What `make` gives, or what another process has made under this name: its arrays are mapped, not copied.

    The name tells all that the result depends on. Arrays may be written to: a write stays with the process.
    """
    folder = os.environ.get(FOLDER)
    if not folder:
        return make()
    path = Path(folder) / hashlib.sha256(name.encode()).hexdigest()
    try:
        return _mapped(path)  # type: ignore[no-any-return]
    except FileNotFoundError:
        made = make()
    with contextlib.suppress(OSError):  # a full disk, or a folder that is gone: this process keeps what it has made
        _write(path, made)
    return made


def _write(path: Path, made: Any) -> None:
    """The pickle, then the arrays' buffers; beside its name first, so that what is there is whole."""
    buffers: list[pickle.PickleBuffer] = []
    told = pickle.dumps(made, protocol=5, buffer_callback=buffers.append)
    raw = [one.raw() for one in buffers]
    parts: list[bytes | memoryview] = [pickle.dumps([len(told), *(one.nbytes for one in raw)]), told, *raw]
    handle, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        for part in parts:
            file.write(part)
            file.write(bytes(-file.tell() % _ALIGNED))
    Path(beside).replace(path)


def _mapped(path: Path) -> Any:
    with path.open("rb") as file:
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    view = memoryview(text)
    lengths: list[int] = pickle.loads(view)
    at = len(pickle.dumps(lengths))
    parts = []
    for length in lengths:
        at += -at % _ALIGNED
        parts.append(view[at : at + length])
        at += length
    return pickle.loads(parts[0], buffers=parts[1:])
