"""The ledger and its measures at the command line: books, explain, validate."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gigacampus import results
from gigacampus.cli import gigacampus
from gigacampus.errors import UsageError
from gigacampus.results.collect import collect
from gigacampus.scenario.premise import premise
from gigacampus.tables.books import MEASURES
from gigacampus.validate import frame
from tests.accounts.real import booked, played


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = collect(premise(played()[0]), books=booked())
    return results.write(found, tmp_path_factory.mktemp("runs") / "one")


@pytest.mark.parametrize(("shape", "first"), [("beancount", 'option "title"'), ("csv", "transaction_id,date,party")])
def test_books_are_written(run: Path, tmp_path: Path, shape: str, first: str) -> None:
    done = CliRunner().invoke(gigacampus, ["books", str(run), "--as", shape], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith(first)
    out = tmp_path / "ledger"
    CliRunner().invoke(gigacampus, ["books", str(run), "--as", shape, "--out", str(out)], catch_exceptions=False)
    assert out.read_text(encoding="utf-8") == done.stdout
    with pytest.raises(UsageError, match="exists"):
        CliRunner().invoke(gigacampus, ["books", str(run), "--out", str(out)], catch_exceptions=False)


def test_every_headline_measure_is_explained() -> None:
    numbers = {name for name, value in booked().summary.items() if isinstance(value, float | int)}
    unexplained = numbers - set(MEASURES) - {"project_cash_usd", "project_worth_usd", "project_cash_low_s"}
    assert not unexplained
    done = CliRunner().invoke(gigacampus, ["explain", "levelised_cost_usd"], catch_exceptions=False)
    assert "(1 - (1+r)^-L)" in done.output


def test_validation_suite_passes() -> None:
    found = frame.score("accounts")
    assert {case.evidence for case in found} == {"self-consistency", "third-party-estimate"}
    assert not [case.id for case in found if case.verdict == "fail"]
