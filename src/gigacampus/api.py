"""The walks from Python: `import gigacampus as gc; gc.run("stargate-uae", variants=["xai-share"])`.

Results hold tables that pandas, polars and duckdb take without copies, by the Arrow PyCapsule protocol:
`pandas.DataFrame.from_arrow(found.tables["jobs"])`, `polars.DataFrame(found.tables["jobs"])`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from gigacampus.compare import Comparison
    from gigacampus.results import Results
    from gigacampus.sweep import Outcome, Study
    from gigacampus.sweep.find import Answer

Scenario = str | Path
Values = Mapping[str, Any]


def _overrides(values: Values | None) -> list[str]:
    """`path=value` as on the command line; values are written as YAML would have them."""
    return [f"{path}={_text(value)}" for path, value in (values or {}).items()]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(one)}" for key, one in value.items()) + "}"
    return str(value)


def run(
    scenario: Scenario, *, variants: Sequence[str] = (), set: Values | None = None, seed: int | None = None,
    out: Path | str | None = None, force: bool = False,
) -> Results:  # fmt: skip
    """Play a scenario through, from the deal to the accounts; with `out` also write its run folder and report.

    `scenario` is a built-in name or a file, `set` maps paths to values as `--set` takes them: `{"campus.install_rate":
    "20 racks/day"}`. ScenarioError tells all faults of the scenario at once.
    """
    from gigacampus.run import run as walk
    from gigacampus.sound import with_base

    _asked(out, force)
    read, base = with_base(scenario, variants, _overrides(set), seed)
    return _kept(walk(read, base=base), out, force)


def plan(
    scenario: Scenario, *, variants: Sequence[str] = (), set: Values | None = None, seed: int | None = None,
    samples: int = 0, out: Path | str | None = None, force: bool = False,
) -> Results:  # fmt: skip
    """Deal and build-out alone, without jobs; with `samples` also P10, P50 and P90 over draws of the ranges."""
    from gigacampus.plan import plan as walk
    from gigacampus.sound import with_base

    _asked(out, force)
    read, base = with_base(scenario, variants, _overrides(set), seed, plays=False)
    return _kept(walk(read, draws=samples, base=base), out, force)


def _asked(out: Path | str | None, force: bool) -> None:
    """UsageError where the run folder that is asked for cannot be written: before anything is played."""
    from gigacampus.results.folder import refuse

    if out is not None:
        refuse(Path(out).absolute(), force=force)


def _kept(found: Results, out: Path | str | None, force: bool) -> Results:
    from gigacampus import report, results

    if out is None:
        return found
    sealed = results.seal(found, "gigacampus (Python)")
    results.write(sealed, out, force=force, report=report.render(sealed))
    return sealed


def replay(trace: str | Path, *, out: Path | str | None = None, force: bool = False, **options: Any) -> Results:
    """Replay a log of jobs; `options` bear the names of `gigacampus replay`: `gpus=1024, policy="easy"`."""
    from gigacampus import results
    from gigacampus.replay import Asked
    from gigacampus.replay import replay as walk

    _asked(out, force)
    found = walk(Asked(str(trace), **options))
    if out is not None:
        results.write(found, out, force=force, command="gigacampus (Python)")
    return found


def sweep(
    scenario: Scenario | Callable[..., Mapping[str, float]],
    *,
    vary: Mapping[str, Any] | None = None,
    variants: Sequence[str] = (),
    set: Values | None = None,
    kind: Literal["run", "plan", "replay"] = "run",
    samples: int = 0,
    method: Literal["lhs", "sobol", "random", "saltelli"] = "lhs",
    seeds: int = 1,
    seed: int | None = None,
    out: Path | str | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    tables: bool = True,
    **options: Any,
) -> Outcome:
    """Many runs: `vary={"campus.install_rate": ["10 racks/day", "20 racks/day"]}`, or `"4..20 racks/day"` to sample.

    `scenario` is a scenario, a log of jobs with `kind="replay"` (`options` are those of `replay`), a study file, or a
    function of your own from numbers by name to numbers by name. `out` keeps the runs and lets the same call go on
    where it was stopped; a temporary folder is used where it is left out. A script that sweeps runs its body under
    `if __name__ == "__main__":`, because worker processes import it again.
    """
    from gigacampus.sweep import read_study
    from gigacampus.sweep import sweep as walk

    if isinstance(scenario, (str, Path)) and not vary and not variants and _is_study(Path(scenario)):
        study, where = read_study(Path(scenario))
        study = replace(study, seed=study.seed if seed is None else seed)
        return walk(study, _folder(out or where.out), count=workers or where.workers, cluster=cluster or where.cluster)
    axes = tuple(_axis(path, values) for path, values in (vary or {}).items())
    study = _study(scenario, kind, variants, set, options, vary=axes, method=method, samples=samples, seeds=seeds,
                   seed=seed, keep_tables=tables)  # fmt: skip
    return walk(study, _folder(out), count=workers, cluster=cluster)


def find(
    scenario: Scenario | Callable[..., Mapping[str, float]],
    path: str,
    between: tuple[Any, Any],
    until: str,
    *,
    variants: Sequence[str] = (),
    set: Values | None = None,
    kind: Literal["run", "plan", "replay"] = "run",
    seeds: int = 1,
    seed: int | None = None,
    out: Path | str | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    **options: Any,
) -> Answer:
    """The smallest value of `path` `between` two ends at which `until` holds in the mean of the seeds.

    `gc.find("one-hall", "campus.install_rate", ("1 racks/day", "41 racks/day"), "h100e_months>15000", kind="plan")`;
    `print` what comes back, or `.as_dict()`. `variants` together make one case.
    """
    from gigacampus.sweep.find import find as search

    case = ["+".join(variants)] if variants else []
    study = _study(scenario, kind, case, set, options, seeds=seeds, seed=seed)
    return search(study, _axis(path, tuple(between)), until, _folder(out), count=workers, cluster=cluster)


def _study(
    scenario: Scenario | Callable[..., Mapping[str, float]], kind: str, variants: Sequence[str], set: Values | None,
    options: Mapping[str, Any], **more: Any,
) -> Study:  # fmt: skip
    """A study of a scenario, a log of jobs or a function."""
    from gigacampus.replay import Asked
    from gigacampus.sweep import Study

    more |= {"variants": tuple("" if one == "base" else one for one in variants), "overrides": tuple(_overrides(set))}
    if callable(scenario):
        return Study(kind="function", function=scenario, **more)
    if kind == "replay":
        return Study(kind=kind, replay=Asked(str(scenario), **options), **more)
    return Study(str(scenario), kind, **more)


def _folder(out: Path | str | None) -> Path:
    return Path(out) if out else Path(tempfile.mkdtemp(prefix="gigacampus-sweep-"))


def _is_study(path: Path) -> bool:
    import re

    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return bool(re.search(r"^(scenario|trace):", text, re.MULTILINE)) and "deal:" not in text


def _axis(path: str, values: Any) -> str:
    if values is None:
        return path
    if isinstance(values, str):
        return f"{path}={values}"
    if isinstance(values, tuple) and len(values) == 2:
        return f"{path}={_text(values[0])}..{_text(values[1])}"
    return f"{path}={','.join(_text(one) for one in values)}"


def compare(
    *what: Scenario, variants: Sequence[str] = (), set: Values | None = None, seed: int | None = None,
    kind: Literal["run", "plan"] = "run", samples: int = 0, seeds: int = 1, together: bool = True, deep: bool = False,
) -> Comparison:  # fmt: skip
    """What differs in the inputs, what moved in the results, and because of what; `print` it, or `.as_dict()`."""
    from gigacampus.compare import compare as walk

    return walk(
        *what, variants=variants, overrides=_overrides(set), seed=seed, kind=kind, draws=samples, seeds=seeds,
        together=together, deep=deep,
    )  # fmt: skip
