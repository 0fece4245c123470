"""What the docs show is true: the reference is up to date, and every example loads."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from gigacampus.errors import ScenarioError
from gigacampus.scenario import active, load

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", (DOCS / "scenario.md").read_text(encoding="utf-8"), re.DOTALL)


def test_the_reference_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("build_reference", DOCS / "build_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stale = [
        path.name for path, text in module.build().items() if not path.is_file() or path.read_text("utf-8") != text
    ]
    assert stale == [], "run `python docs/build_reference.py`"


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_loads_with_each_of_its_variants(text: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    scenario = load(path)
    names = [name for name in scenario.variants if name not in load("one-hall").variants]
    for name in names:
        assert active(load(path, [name])) == (name,)
    assert active(load(path, names)) == tuple(names)


def test_the_fault_shown_is_the_fault_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("extends: one-hall\ncampus:\n  install_rate: 4\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load("my.yaml")
    assert caught.value.faults[0].render() in (DOCS / "scenario.md").read_text(encoding="utf-8")
