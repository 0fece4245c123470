"""What a long command is doing, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Tell = Callable[[str], None]
COMPILING = "compiling for this processor: once after an installation or update, 5 to 15 s"


@contextmanager
def told(*, quiet: bool) -> Iterator[Tell]:
    """A `tell(step)` that shows the step and its time on a terminal's stderr, and does nothing elsewhere.

    That kernels are being compiled is said there too.
    """
    from gigacampus.kernels import told as compiler

    is_seen = not quiet and sys.stderr.isatty()
    compiler.hearers[:] = [lambda: note(COMPILING)] if is_seen else []
    if not is_seen:
        yield lambda step: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    begun, last = time.perf_counter(), ""
    with console.status("starting") as status:

        def tell(step: str) -> None:
            nonlocal begun, last
            now = time.perf_counter()
            if last:
                console.print(f"[dim]{now - begun:6.1f} s[/]  {last}", highlight=False)
            begun, last = now, step
            status.update(step)

        yield tell
        tell("")


def note(text: str) -> None:
    """A line for people, on stderr."""
    click.echo(text, err=True)
