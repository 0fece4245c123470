"""HTML from Python: every text is escaped on its way in, so that no string of a scenario can become markup."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any, Protocol


class Html(str):
    """Text that is HTML already; all other text is escaped where it meets a tag."""

    __slots__ = ()


class Piece(Protocol):
    """What knows its own HTML."""

    def __html__(self) -> Html:
        """The HTML."""


Child = Html | Piece | str | int | float | None | Iterable[Any]
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
"""Signs that HTML has no place for, lone surrogates among them; they are left out."""
RTL = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+"
RIGHT_TO_LEFT = re.compile(f"({RTL}(?:[\\s-]+{RTL})*)")
"""Words written from right to left: set apart, so that they do not turn the numbers beside them."""
DATE = re.compile(r"(\b\d{4}-\d{2}(?:-\d{2})?\b)")
VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})


def tag(tag_name: str, *children: Child, **attributes: str | int | float | bool | None) -> Html:
    """One element. Attributes: `class_` for class, underscores become hyphens; None and False are left out."""
    parts = [tag_name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        name = key.rstrip("_").replace("_", "-")
        parts.append(name if value is True else f'{name}="{html.escape(CONTROLS.sub("", str(value)), quote=True)}"')
    head = f"<{' '.join(parts)}>"
    return Html(head) if tag_name in VOID else Html(f"{head}{join(*children)}</{tag_name}>")


def join(*children: Child) -> Html:
    """Children one after another, escaped unless they are HTML."""
    parts = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            parts.append(str(child))
        elif isinstance(child, (str, int, float)):
            parts.append(html.escape(CONTROLS.sub("", str(child)), quote=True))
        elif hasattr(child, "__html__"):
            parts.append(str(child.__html__()))
        else:
            parts.append(join(*child))
    return Html("".join(parts))


def data(value: Any) -> Html:
    """JSON that can stand inside a script element: `<`, `>` and `&` leave as escapes, NaN as null."""
    text = CONTROLS.sub("", json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    for sign, escape in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, escape)
    return Html(text)


def link(source: str, text: str = "") -> Html:
    """A source as the reader sees it: web addresses become links that open elsewhere, all else stays text."""
    address = next((word for word in source.split() if word.startswith(("https://", "http://"))), "")
    if not address:
        return join(text or source)
    label = text or source.replace(address, "").strip() or address.split("//", 1)[1].split("/", 1)[0]
    return tag("a", label, href=address, rel="noopener noreferrer", target="_blank", title=address)


def prose(text: str) -> Html:
    """Text whose `backticked` words are code, whose dates never break, and whose right-to-left words stand apart."""
    parts: list[Child] = []
    for position, part in enumerate(text.split("`")):
        if position % 2:
            parts.append(tag("code", part))
            continue
        pieces = DATE.split(part)
        parts += [tag("span", piece, class_="d") if k % 2 else _apart(piece) for k, piece in enumerate(pieces)]
    return join(*parts)


def _apart(text: str) -> Html:
    pieces = RIGHT_TO_LEFT.split(text)
    return join(*(tag("bdi", piece) if k % 2 else piece for k, piece in enumerate(pieces)))
