"""`extends`: maps merge, lists and values replace, and names are found where users expect."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from gigacampus.errors import ScenarioError
from gigacampus.scenario import load
from gigacampus.scenario.extend import built_in, find


def test_maps_merge_and_lists_replace(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("extends: one-hall\nseed: 9\ntenants:\n  lab:\n    tenancies: [{share: 10 %}, {share: 5 %}]\n")
    found, base = load(path), load("one-hall")
    assert found.seed == 9
    assert len(found.tenants["lab"].tenancies) == 2
    assert found.tenants["lab"].mix == base.tenants["lab"].mix
    assert found.tenants["cloud"] == base.tenants["cloud"]


def test_a_sourced_value_replaces_the_whole_of_another(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        'extends: one-hall\ncampus:\n  install_rate: {value: 5 racks/day, source: "https://x.y", status: reported}\n'
    )
    (tmp_path / "s.yaml").write_text("extends: base.yaml\ncampus:\n  install_rate: {value: 6 racks/day}\n")
    rate = load(tmp_path / "s.yaml").campus.install_rate
    assert rate == 6.0
    assert rate.origin.source == ""
    (tmp_path / "s.yaml").write_text("extends: base.yaml\ncampus:\n  install_rate: 7 racks/day\n")
    assert load(tmp_path / "s.yaml").campus.install_rate.origin.status == "assumption"


def test_paths_are_relative_to_the_file_and_chains_work(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "two.yaml").write_text("extends: ../one.yaml\ntitle: Two\n")
    (tmp_path / "one.yaml").write_text("extends: one-hall\ntitle: One\nseed: 5\n")
    (tmp_path / "three.yaml").write_text("extends: inner/two.yaml\n")
    found = load(tmp_path / "three.yaml")
    assert (found.title, found.seed) == ("Two", 5)


def test_a_circle_names_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("title: x\nextends: a.yaml\n")
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "a.yaml")
    (fault,) = caught.value.faults
    assert (fault.code, fault.line, fault.message[-24:]) == ("S016", 2, "a.yaml → b.yaml → a.yaml")


def test_a_built_in_name_is_found_beside_a_folder_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one-hall").mkdir()
    assert find("one-hall") == built_in()["one-hall"]
    (tmp_path / "mine").write_text("extends: one-hall\ntitle: Mine\n")
    assert load("mine").title == "Mine"
    with pytest.raises(ScenarioError, match="did you mean"):
        load("one-hal")


def test_json_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{\n\t"extends": "one-hall",\n\t"title": "JSON",\n\t"campus": {"install_rate": "5 racks/day"}\n}\n')
    assert load(path).campus.install_rate == 5.0


def test_anchors_and_aliases_are_values(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("extends: one-hall\ntitle: &t Twice\ndescription: *t\n")
    assert load(path).description == "Twice"


def test_a_scenario_travels_between_processes() -> None:
    scenario = load("one-hall", ["late-power"])
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.campus.racks["GB300"].it_power.high == scenario.campus.racks["GB300"].it_power.high
