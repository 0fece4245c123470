"""The page: one self-contained HTML file that opens offline, reads without JavaScript, and fetches nothing."""

from __future__ import annotations

import base64
import gzip
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from gigacampus.report import sheets
from gigacampus.report.embed import embedded_files
from gigacampus.report.html import Html, data, join, prose, tag
from gigacampus.report.section import Section
from gigacampus.report.sections import (
    buildout,
    campus,
    cards,
    climate,
    compliance,
    cooling,
    cost,
    headline,
    inputs,
    method,
    money,
    obligations,
    parties,
    power,
    reproduce,
    samples,
    sizes,
    swings,
    under,
    work,
)
from gigacampus.report.view import View
from gigacampus.results import Results, read
from gigacampus.tables.registry import specs

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy: inline script and style only, no address of any kind."""
SCRIPTS = ("theme", "charts", "downloads", "campus", "address", "opened", "print")
"""The page's own script, in the order in which its parts need each other."""
MAKERS = (
    buildout.section,
    samples.section,
    money.section,
    sizes.section,
    parties.section,
    compliance.section,
    obligations.section,
    work.section,
    power.section,
    swings.section,
    climate.section,
    cooling.section,
    cost.section,
    inputs.section,
    method.section,
    reproduce.section,
)


def render(run: Results | Path | str) -> str:
    """The report of a run, given as results or as its folder, as the text of one HTML file.

    Raises ResultsError where the folder cannot be read.
    """
    view = View(run if isinstance(run, Results) else read(run))
    sections = sections_of(view)
    body = join(
        _top(view, sections),
        tag("main", _head(view), [one.render() for one in sections], _foot(view), id="main"),
        whole(),
    )
    figures = {figure.id: figure.as_data() for one in sections for figure in one.figures}
    scripts = join(
        tag("script", data(figures), type="application/json", id="figures"),
        tag("script", data(sheets.about(view)), type="application/json", id="about"),
        tag("script", sheets.packed(view, sections), type="text/plain", id="workbook"),
        tag("script", plotly(), type="text/plain", id="plotly"),
        embedded_files(view.results),
        tag("script", Html("\n".join(_asset(f"js/{name}.js") for name in SCRIPTS))),
    )
    return f"<!doctype html>\n{tag('html', _meta(view), tag('body', body, scripts), lang='en', class_='no-js')}\n"


def workbook(run: Results | Path | str) -> bytes:
    """Every table of a run's report as one XLSX, each row with permalink, source, status and as-of date."""
    view = View(run if isinstance(run, Results) else read(run))
    return sheets.workbook(view, sections_of(view))


def as_csv(run: Results | Path | str) -> dict[str, str]:
    """Every table of a run's report as CSV, by the table's id; the same rows as in the workbook."""
    view = View(run if isinstance(run, Results) else read(run))
    return {one.id: sheets.as_csv(one, view) for section in sections_of(view) for one in section.tables}


def sections_of(view: View) -> list[Section]:
    """The sections that the run has results for, in order."""
    found = []
    for maker in MAKERS:
        try:
            made = maker(view)
        except KeyError as error:
            if not _is_older(view):
                raise
            made = _missing(maker.__module__.rsplit(".", 1)[-1], error)
        if made is not None:
            found.append(replace(made, under=under.ranges(view, made.topic)))
    return found


def _is_older(view: View) -> bool:
    """Whether some table lacks a column that this version writes: the run was written by another version."""
    known = specs()
    tables = view.results.tables
    return any(set(known[name].names) - set(table.spec.names) for name, table in tables.items() if name in known)


def _missing(name: str, error: KeyError) -> Section:
    """A section that another version's tables cannot fill says so."""
    what = str(error.args[0]) if error.args else "a column"
    said = f"This run was written by another version of gigacampus: its tables lack {what}."
    return Section(name, name.replace("_", " ").capitalize(), "What is missing here?", said, (), how=said)


def _meta(view: View) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{view.meta['title']} · gigacampus"),
        tag("style", Html(_asset("page.css"))),
        tag("script", Html("document.documentElement.className='js'")),
    )


def _top(view: View, sections: list[Section]) -> Html:
    links = [
        tag("a", "Numbers", href="#numbers"),
        *(tag("a", one.nav or one.title, href=f"#{one.id}") for one in sections),
    ]
    theme = tag(
        "button", "◐", type="button", id="theme", aria_label="Switch between light and dark", title="Light or dark"
    )
    return join(
        tag("a", "Skip to the report", href="#main", class_="skip"),
        tag(
            "nav",
            tag("a", "gigacampus", href="#main", class_="brand"),
            tag("div", links, class_="links"),
            tag("button", "XLSX", type="button", id="xlsx", title="Save every table of this report as one workbook"),
            theme,
            aria_label="Sections",
        ),
    )


def _head(view: View) -> Html:
    meta = view.meta
    dates = f"{meta['start']} to {meta['end']} · known as of {meta['known_as_of']} · seed {meta['seed']}"
    return tag(
        "header",
        tag("p", meta.get("campus") or "", class_="kicker"),
        tag("h1", meta["title"]),
        tag("p", prose(meta["description"]), class_="lead") if meta.get("description") else None,
        tag("p", dates, class_="dates"),
        tag("div", campus.hero(view), cards.cards(view), class_="first"),
        headline.statement(view),
        tag(
            "noscript",
            tag(
                "p",
                "Charts need JavaScript. Every number and table of this report is here without it.",
                class_="warning",
            ),
        ),
        class_="head",
    )


def whole() -> Html:
    """The button that ends a zoom; it is seen while the time charts are zoomed."""
    return tag("button", type="button", id="whole", class_="whole", hidden=True)


def _foot(view: View) -> Html:
    return tag(
        "footer",
        tag(
            "p",
            (
                f"gigacampus · {view.meta['title']} · known as of "
                f"{view.meta['known_as_of']} · a simulation, not a forecast"
            ),
        ),
    )


@cache
def _asset(name: str) -> str:
    return resources.files("gigacampus.report").joinpath(name).read_text(encoding="utf-8")


@cache
def plotly() -> str:
    """The script of plotly from the installed wheel, gzipped and in base64; the page's own script unpacks it."""
    script = resources.files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return base64.b64encode(gzip.compress(script, 9, mtime=0)).decode("ascii")
