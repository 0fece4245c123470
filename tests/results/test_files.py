"""Files: whole or not there, and nothing but a file is ever replaced."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from gigacampus import files
from gigacampus.errors import UsageError


def test_a_file_is_put_and_replaced(tmp_path: Path) -> None:
    for text in ("one\n", "two\n"):
        files.put(tmp_path / "a", text)
        assert (tmp_path / "a").read_bytes() == text.encode()
    files.put(tmp_path / "far" / "off" / "b", b"c", makes_folders=True)
    assert (tmp_path / "far" / "off" / "b").read_bytes() == b"c"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "far"]


def test_an_error_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    files.put(tmp_path / "a", "old")
    with pytest.raises(UnicodeEncodeError), files.whole(tmp_path / "a") as beside:
        beside.write_text("half\ud800", encoding="utf-8")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]


def others(folder: Path) -> dict[str, Path]:
    """One of everything that is no file."""
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "target").write_text("precious")
    (folder / "link").symlink_to("target")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "round").symlink_to("round")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "socket"))
    return {name: folder / name for name in ("folder", "pipe", "link", "dangling", "round", "socket")}


def test_nothing_but_a_file_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    for path in others(Path()).values():
        before = path.lstat()
        with pytest.raises(UsageError, match="R005") as told:
            files.put(path, "x")
        assert told.value.faults[0].fix
        assert path.lstat() == before
    assert Path("target").read_text() == "precious"


def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "round").symlink_to("round")
    for name in ("none/x", "file/x", "round/x", "y" * 300):
        with pytest.raises(UsageError, match="R004"):
            files.refuse(tmp_path / name)
    for name in ("file/x/y", "round/x/y"):
        with pytest.raises(UsageError, match="R004"):
            files.refuse(tmp_path / name, makes_folders=True)
        with pytest.raises(UsageError, match="R004"):
            files.refuse_folder(tmp_path / name)
    files.refuse(tmp_path / "none" / "x", makes_folders=True)
    files.refuse_folder(tmp_path / "none" / "x")
