"""Files that are written whole or not at all, and only where a regular file stands or none does."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gigacampus.errors import Fault, UsageError

KINDS = {
    stat.S_IFDIR: "folder", stat.S_IFLNK: "symbolic link", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device", stat.S_IFBLK: "device",
}  # fmt: skip
"""What else than a file may stand at a path."""


def kind(path: Path) -> str:
    """What stands at a path, links not followed: `file`, a word of `KINDS`, or empty for nothing."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise _unwritable(path, str(error.strerror)) from None
    return KINDS.get(stat.S_IFMT(mode), "file")


def refuse(path: Path, *, makes_folders: bool = False) -> None:
    """Raise UsageError where no file may be put at `path`; commands ask before their work.

    With `makes_folders` the folders above are made, so only the last that is there has to be writable.
    """
    refuse_other(path)
    above = path.absolute().parent
    refuse_above(path, next(one for one in (above, *above.parents) if kind(one)) if makes_folders else above)


def refuse_other(path: Path) -> None:
    """Raise UsageError where anything but a file stands at `path`."""
    found = kind(path)
    if found not in ("", "file"):
        fix = "name the file that it leads to" if found == "symbolic link" else "name a file, or a place where none is"
        raise UsageError(Fault("R005", f"{path} is a {found}: only a file is ever replaced", str(path), fix=fix))


def refuse_folder(path: Path) -> None:
    """Raise UsageError where a folder neither is nor can be made at `path`."""
    found = kind(path)
    if found and not path.is_dir():
        raise UsageError(Fault("R001", f"{path} is a {found}, no folder", str(path), fix="choose another folder"))
    if not found:
        refuse_above(path, next(one for one in path.absolute().parents if kind(one)))


def refuse_above(path: Path, above: Path) -> None:
    """Raise UsageError where nothing new can be put at `path`, for what its folder `above` is."""
    if not above.is_dir():
        raise _unwritable(path, f"{above} is no folder" if kind(above) else f"there is no folder {above}")
    try:
        with tempfile.TemporaryFile(dir=above):  # permissions alone do not tell of file systems that take no files
            pass
    except OSError as error:
        raise _unwritable(path, f"{above} cannot be written to ({error.strerror})") from None


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(Fault("R004", f"{path} cannot be made: {why}", str(path), fix="choose another --out"))


@contextmanager
def whole(path: Path, *, makes_folders: bool = False) -> Iterator[Path]:
    """A path beside `path` to write to, put in its place at the end; after an error nothing is left of it.

    UsageError where anything but a file stands at `path`, or its folder cannot be written to.
    """
    refuse(path, makes_folders=makes_folders)
    if makes_folders:
        path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name[:50]}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def put_table(path: Path, table: Any) -> None:
    """Write an Arrow table whole at `path`: Parquet where its name ends so, else CSV."""
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq

    with whole(path) as beside:
        if path.suffix == ".parquet":
            pq.write_table(table, beside)
        else:
            arrow_csv.write_csv(table, beside)


def is_file(path: Path) -> bool:
    """Whether a file is there; no where the system cannot even look, as for a name that is too long."""
    try:
        return path.is_file()
    except OSError:
        return False


def put(path: Path, content: bytes | str, *, makes_folders: bool = False) -> None:
    """Write bytes, or a text as UTF-8 with plain line ends, whole at `path`."""
    with whole(path, makes_folders=makes_folders) as beside:
        beside.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
