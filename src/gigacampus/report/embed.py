"""The scenario inside a report: put in with the files that it names, and taken out again."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from gigacampus.errors import ResultsError
from gigacampus.report.html import Html, data, tag
from gigacampus.report.sections.reproduce import SCENARIO_ID
from gigacampus.results import Results

FILES_ID = "scenario-files"
LARGEST_BYTES = 2_000_000
"""Files of the scenario that are larger than this, packed, are named by their hash alone."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a report holds of its scenario."""

    scenario: str
    """The resolved scenario as YAML: variants and settings worked in, seed stated."""
    files: dict[str, bytes]
    """Files that it names, by the name it gives them."""
    missing: dict[str, str]
    """Files too large for the report: name to SHA-256."""


def embedded_files(results: Results) -> Html | None:
    """The files that the scenario names, as a script element of data; None where it names none."""
    if not results.files:
        return None
    return tag("script", data({n: _packed(b) for n, b in results.files.items()}), type="application/json", id=FILES_ID)


def _packed(content: bytes) -> dict[str, Any]:
    packed = gzip.compress(content, 9, mtime=0)
    told: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    if len(packed) <= LARGEST_BYTES:
        told["gzip"] = base64.b64encode(packed).decode("ascii")
    return told


def extract(page: Path | str) -> Embedded:
    """The scenario that a report was made from, with the files it names; ResultsError where the page holds none."""
    path = Path(page)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ResultsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResultsError(f"{path} is no report of gigacampus: it is not UTF-8") from error
    found = _Finder()
    found.feed(text)
    found.close()
    if not found.texts.get(SCENARIO_ID, "").strip():
        raise ResultsError(f"{path} holds no scenario: it is no report of gigacampus, or was cut short")
    files, missing = _unpacked(path, found.texts.get(FILES_ID, "{}"))
    return Embedded(found.texts[SCENARIO_ID], files, missing)


def _unpacked(path: Path, text: str) -> tuple[dict[str, bytes], dict[str, str]]:
    files, missing = {}, {}
    try:
        for name, told in json.loads(text).items():
            if "gzip" not in told:
                missing[name] = told["sha256"]
                continue
            files[name] = gzip.decompress(base64.b64decode(told["gzip"], validate=True))
            if hashlib.sha256(files[name]).hexdigest() != told["sha256"]:
                raise ResultsError(f"{path}: the file {name} in it was changed (its hash differs)")
    except (ValueError, KeyError, AttributeError, TypeError, EOFError, OSError, binascii.Error) as error:
        raise ResultsError(f"{path}: the files of its scenario cannot be read ({error})") from error
    return files, missing


class _Finder(HTMLParser):
    """Collects the text of the two elements that hold the scenario."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: dict[str, str] = {}
        self.inside = ""
        self.until = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        ident = dict(attrs).get("id")
        if ident in (SCENARIO_ID, FILES_ID) and ident not in self.texts:
            self.inside, self.until = str(ident), tag
            self.texts[self.inside] = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[self.inside] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self.until:
            self.inside = ""
