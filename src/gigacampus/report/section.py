"""What a section is: a question, one sentence of answer made from the results, figures, and the tables behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gigacampus.report.charts import Figure
from gigacampus.report.html import Child, Html, join, prose, tag


@dataclass(frozen=True)
class Section:
    """One section of the report. `parts` are figures, and HTML between them, in order."""

    id: str
    title: str
    question: str
    answer: str
    parts: Sequence[Figure | Html] = field(default_factory=tuple)
    warning: str = ""

    @property
    def figures(self) -> list[Figure]:
        """The charts that the page's script draws."""
        return [part for part in self.parts if isinstance(part, Figure)]

    def render(self) -> Html:
        """The section as HTML."""
        return tag(
            "section",
            tag("header", tag("p", self.title, class_="kicker"), tag("h2", self.question)),
            tag("p", self.warning, class_="warning", role="note") if self.warning else None,
            tag("p", prose(self.answer), class_="answer"),
            [framed(part) if isinstance(part, Figure) else part for part in self.parts],
            id=self.id,
            aria_label=self.title,
        )


def framed(figure: Figure) -> Html:
    """A figure's frame, empty until the page draws it; its title and note are there at once."""
    title_id = f"{figure.id}-title"
    tools = tag(
        "span", tag("button", "SVG", type="button", data_svg=figure.id, title="Save this chart as SVG"), class_="tools"
    )
    keys = [_key(figure, k, trace) for k, trace in enumerate(figure.traces) if trace.get("name")]
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


def _key(figure: Figure, position: int, trace: dict[str, Any]) -> Html:
    """One entry of the legend: it stands in the page at any width, prints, and switches its trace off and on."""
    stroke = trace.get("line", {}).get("dash") or ("" if "stackgroup" in trace or trace["type"] == "bar" else "stroke")
    color = trace.get("line", {}).get("color") or trace.get("marker", {}).get("color")
    swatch = tag("i", class_=stroke or None, style=f"--k:var({color})")
    button = tag(
        "button", swatch, trace["name"], type="button", data_trace=f"{figure.id} {position}", aria_pressed="true"
    )
    return tag("li", button)


def behind(summary: str, *tables: Child, is_open: bool = False) -> Html:
    """Tables that can be opened: they are in the page, found by search and print."""
    return tag("details", tag("summary", summary), *tables, open=is_open, class_="behind")


def pair(*parts: Child) -> Html:
    """Parts side by side where the page is wide."""
    return tag("div", *parts, class_="pair")


def listed(items: Sequence[Child]) -> Html:
    """A bulleted list."""
    return tag("ul", [tag("li", item) for item in items])


__all__ = ["Section", "behind", "framed", "join", "listed", "pair"]
