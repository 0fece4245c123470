"""Where the files are that a scenario names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gigacampus.catalog import weather
from gigacampus.scenario import load
from gigacampus.scenario.beside import named_files

SCENARIO = "extends: one-hall\nsite:\n  weather: sky.csv.gz\n"


@pytest.fixture
def sky() -> bytes:
    return weather.bundled(weather.look_up("abu_dhabi")).read_bytes()


def test_a_file_lies_beside_the_scenario_that_names_it(tmp_path: Path, sky: bytes) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO)
    (tmp_path / "sky.csv.gz").write_bytes(sky)
    assert named_files(load(tmp_path / "s.yaml")) == {"sky.csv.gz": tmp_path / "sky.csv.gz"}


def test_a_run_folder_finds_the_copies_that_it_keeps(tmp_path: Path, sky: bytes) -> None:
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "list.json").write_text(json.dumps({"sky.csv.gz": "0-sky.csv.gz"}))
    (tmp_path / "files" / "0-sky.csv.gz").write_bytes(sky)
    assert named_files(load(tmp_path / "scenario.yaml")) == {"sky.csv.gz": tmp_path / "files" / "0-sky.csv.gz"}
