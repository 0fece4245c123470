"""What a section is: a question, one sentence of answer made from the results, figures, and the tables behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gigacampus.report.charts import Figure
from gigacampus.report.html import Child, Html, prose, tag
from gigacampus.report.listing import Listing, rests

BEHIND = {True: "behind", False: "behind screen"}


@dataclass(frozen=True)
class Behind:
    """Tables that can be opened: they are in the page, found by search and print."""

    summary: str
    parts: tuple[Child, ...]
    is_open: bool = False
    is_printed: bool = True
    """Whether it opens for print."""

    def __html__(self) -> Html:
        """The parts under their summary."""
        return tag(
            "details", tag("summary", self.summary), *self.parts, open=self.is_open, class_=BEHIND[self.is_printed]
        )


def behind(summary: str, *parts: Child, is_open: bool = False, is_printed: bool = True) -> Behind:
    """Tables that can be opened."""
    return Behind(summary, parts, is_open, is_printed)


def tables_in(part: Any) -> Iterator[Listing]:
    """The tables of a part, in order."""
    if isinstance(part, Listing):
        yield part
    elif isinstance(part, Behind):
        for one in part.parts:
            yield from tables_in(one)


@dataclass(frozen=True)
class Section:
    """One section of the report. `parts` are figures, tables, and HTML between them, in order."""

    id: str
    title: str
    question: str
    answer: str
    parts: Sequence[Any] = field(default_factory=tuple)
    warning: str = ""
    how: str = ""
    """How the numbers of the answer come about."""
    topic: str = ""
    """What the answer's numbers belong to, a key of `lineage.TOPICS`."""
    under: Html | None = None
    """The ranges under the answer's numbers."""
    nav: str = ""
    """What the row of links calls it; the title where left out."""

    @property
    def figures(self) -> list[Figure]:
        """The charts that the page's script draws."""
        return [part for part in self.parts if isinstance(part, Figure)]

    @property
    def tables(self) -> list[Listing]:
        """Its tables, those to be opened among them."""
        return [one for part in self.parts for one in tables_in(part)]

    def render(self) -> Html:
        """The section as HTML."""
        return tag(
            "section",
            tag("header", tag("p", self.title, class_="kicker"), tag("h2", self.question)),
            tag("p", self.warning, class_="warning", role="note") if self.warning else None,
            tag("p", prose(self.answer), class_="answer"),
            self._arithmetic(),
            [framed(part) if isinstance(part, Figure) else part for part in self.parts],
            id=self.id,
            aria_label=self.title,
        )

    def _arithmetic(self) -> Html | None:
        if not self.how:
            return None
        summary = tag("summary", "how this answer is made")
        return tag("details", summary, tag("p", prose(self.how)), rests(self.topic), self.under, class_="how")


def framed(figure: Figure) -> Html:
    """A figure's frame, empty until the page draws it; title, note and the way to its table are there at once."""
    title_id = f"{figure.id}-title"
    tools = tag(
        "span",
        tag("a", "¶", href=f"#{figure.id}", class_="perma", aria_label=f"Link to the chart: {figure.title}"),
        tag("a", "table", href=f"#{figure.table}", class_="to-table", aria_label=f"table behind: {figure.title}")
        if figure.table
        else None,
        tag("button", "CSV", type="button", data_chart=figure.id, title="Save this chart's points as CSV"),
        tag("button", "SVG", type="button", data_svg=figure.id, title="Save this chart as SVG"),
        class_="tools",
    )
    keys = [_key(figure, k, trace) for k, trace in enumerate(figure.traces) if _is_named(trace)]
    legend = tag("ul", keys, class_="legend") if len(keys) > 1 else None
    box = tag(
        "div", id=figure.id, class_="chart", role="img", aria_labelledby=title_id, style=f"height:{figure.height_px}px"
    )
    return tag(
        "figure",
        tag("figcaption", tag("span", figure.title, id=title_id), tools),
        legend,
        box,
        tag("p", figure.note, class_="note") if figure.note else None,
        class_="plot",
    )


def _is_named(trace: dict[str, Any]) -> bool:
    return bool(trace.get("name")) and trace.get("showlegend", True) is not False


def _key(figure: Figure, position: int, trace: dict[str, Any]) -> Html:
    """One entry of the legend: it stands in the page at any width, prints, and switches its trace off and on."""
    stroke = trace.get("line", {}).get("dash") or ("" if "stackgroup" in trace or trace["type"] == "bar" else "stroke")
    color = trace.get("line", {}).get("color") or trace.get("marker", {}).get("color")
    swatch = tag("i", class_=stroke or None, style=f"--k:var({color})")
    button = tag(
        "button", swatch, trace["name"], type="button", data_trace=f"{figure.id} {position}", aria_pressed="true"
    )
    return tag("li", button)


def listed(items: Sequence[Child]) -> Html:
    """A bulleted list."""
    return tag("ul", [tag("li", item) for item in items])
