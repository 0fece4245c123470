"""The pages on the models keep their word: every test they name exists, every link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "model").glob("*.md"))
NAMED = re.compile(r"(?P<file>(?:tests/)?[\w/]*test_\w+\.py)?(?:::(?P<test>test_\w+))?")
STATEMENT = re.compile(r"^(\d+)\. ")
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)(?:#[^)]*)?\)")


def places(name: str) -> list[Path]:
    """Files that a name may mean: a path from the root, or the end of one."""
    if name.startswith("tests/"):
        return [ROOT / name] if (ROOT / name).is_file() else []
    return sorted((ROOT / "tests").rglob(name))


def mentions(text: str) -> Iterator[tuple[str, str]]:
    """Every (file, test) that a page names; a `::test` alone belongs to the file named before it."""
    file = ""
    for quoted in re.findall(r"`([^`]+)`", text):
        match = NAMED.fullmatch(quoted)
        if match and (match["file"] or match["test"]):
            file = match["file"] or file
            yield file, match["test"] or ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_that_is_named_exists(page: Path) -> None:
    wrong, seen = [], 0
    for file, test in mentions(page.read_text(encoding="utf-8")):
        seen += 1
        found = [path for path in places(file) if f"def {test}(" in path.read_text(encoding="utf-8") or not test]
        if not found:
            wrong.append(f"{file}::{test}")
    assert seen >= 8
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_statements_are_numbered_in_order_and_limits_are_told(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    numbers = [int(match[1]) for line in text.splitlines() if (match := STATEMENT.match(line))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "\n## What this is not\n" in text


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: str(page.relative_to(ROOT / "docs"))
)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_map_leads_to_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert sorted(pages - set(LINK.findall(index))) == []
