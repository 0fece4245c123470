"""Standard Workload Format: 18 fields a line, `;` comments (https://www.cs.huji.ac.il/labs/parallel/workload/swf.html)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from gigacampus.tables.trace import State
from gigacampus.workload.readers.mapper import Batch, Format, need
from gigacampus.workload.readers.source import Delimited, Source, head

FIELDS = [
    "job",
    "submit",
    "wait",
    "run",
    "allocated",
    "cpu_time",
    "used_memory",
    "requested",
    "requested_time",
    "requested_memory",
    "status",
    "user",
    "group",
    "executable",
    "queue",
    "partition",
    "preceding",
    "think_time",
]
_BLANKS = bytes.maketrans(b"\t\r", b"  ")


class Squeezed(io.RawIOBase):
    """A stream with comments dropped and fields parted by exactly one blank, block by block."""

    def __init__(self, stream: Any, block_bytes: int = 8 << 20) -> None:
        self.stream, self.block_bytes, self.rest, self.ready = stream, block_bytes, b"", b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with squeezed text; 0 at the end."""
        while not self.ready:
            block = self.stream.read(self.block_bytes)
            whole, cut, self.rest = (self.rest + block).rpartition(b"\n") if block else (self.rest, b"\n", b"")
            if not block and not whole:
                return 0
            self.ready = squeeze(whole + cut)
        size = min(len(buffer), len(self.ready))
        buffer[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        return size


def squeeze(block: bytes) -> bytes:
    """Whole lines with runs of blanks made one, blanks at both ends and `;` lines dropped."""
    block = block.translate(_BLANKS)
    if block.lstrip().startswith(b";") or b"\n;" in block or b" ;" in block:
        block = b"".join(line for line in block.splitlines(keepends=True) if not line.lstrip().startswith(b";"))
    if b"  " in block or b"\n " in block or block[:1] == b" ":
        text = np.frombuffer(block, np.uint8)
        space = text == 32
        after = np.empty(len(text), bool)
        after[:1] = True
        after[1:] = space[:-1] | (text[:-1] == 10)
        block = text[~(space & after)].tobytes()
    return block.replace(b" \n", b"\n")


def open_swf(path: str, form: Format) -> Source:
    """The file's lines as rows of 18 strings."""
    return Delimited(
        path,
        " ",
        False,
        list(FIELDS),
        has_header=False,
        wrap=Squeezed,
        is_comment=lambda line: line.lstrip().startswith(";"),
        header=header(head(path)),
    )


def header(text: str) -> dict[str, str]:
    """The `; Key: value` comments at the top, such as MaxProcs and UnixStartTime."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.lstrip().startswith(";"):
            if line.strip():
                break
            continue
        key, colon, value = line.lstrip("; \t").partition(":")
        if colon and key.strip() and key.strip() not in found:
            found[key.strip()] = value.strip()
    return found


def _finish(batch: Batch) -> None:
    """Requested processors, else allocated ones; starts; partial executions of a checkpointed job are not jobs."""
    if "gpus" not in batch.values:
        return
    unknown = ~batch.known["gpus"]
    batch.values["gpus"] = np.where(unknown, batch.values["nodes"], batch.values["gpus"])
    batch.known["gpus"] = batch.known["gpus"] | batch.known["nodes"]
    del batch.values["nodes"], batch.known["nodes"]
    if "start_s" in batch.values:  # so far the wait
        batch.values["start_s"] = batch.values["start_s"] + batch.values["submit_s"]
        batch.known["start_s"] = batch.known["start_s"] & batch.known["submit_s"]
    partial = batch.each_word("state", lambda word: float(word in ("2", "3", "4")))
    batch.keep &= partial != 1.0


SWF = Format(
    "swf",
    "Standard Workload Format (Parallel Workloads Archive)",
    (),
    {
        "job_id": need("job"),
        "submit_s": need("submit"),
        "start_s": need("wait", how="number"),
        "run_s": need("run"),
        "gpus": need("requested"),
        "nodes": need("allocated"),
        "estimate_s": need("requested_time"),
        "state": need("status"),
        "user": need("user"),
        "tenant": need("queue"),
    },
    states={"0": State.FAILED, "1": State.COMPLETED, "5": State.CANCELLED},
    finish=_finish,
    open=open_swf,
    missing_mark=-1.0,
    semantics=(
        "SWF: chips are field 8 (requested processors), else field 5 (allocated); the start is field 2 plus field 3; "
        "run time is field 4, requested time field 9, user 12, queue 15, status 11; -1 means unknown.",
        "Lines of status 2, 3 and 4 are parts of a checkpointed job that has a line of its own: left out.",
        "A job without run time that was not completed never ran: its run time is 0.",
    ),
    citation=(
        "Feitelson, Tsafrir, Krakov: Experience with using the Parallel Workloads Archive, JPDC 74(10), 2014; "
        "acknowledge the archive and the log's donor."
    ),
)
