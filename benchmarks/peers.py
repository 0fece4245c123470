"""Whole processes side by side on the same SWF: ours, a textbook in plain Python, and the peers that PyPI has.

    python benchmarks/peers.py                      # 10,000 jobs on 1,000 chips: about two minutes
    python benchmarks/peers.py --jobs 2000          # half a minute
    python benchmarks/peers.py --python39 PATH      # a Python 3.9 for AccaSim, which does not run on later ones

AccaSim 1.1.3 gets an environment of its own (in the user's cache folder) from PyPI; without Python 3.9 it is left out.
Printed are CPU seconds of the whole process (reading and writing included), jobs a CPU second, peak memory, the ratio
to ours, and how many jobs start when the textbook starts them. Other processes on the machine hardly move CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ACCASIM = "accasim==1.1.3"
DRIVER = """
import json, sys
from accasim.base.simulator_class import Simulator
from accasim.base.scheduler_class import EASYBackfilling, FirstInFirstOut
from accasim.base.allocator_class import FirstFit
swf, chips, policy = sys.argv[1:]
json.dump({"groups": {"g0": {"core": 1}}, "resources": {"g0": int(chips)},
           "equivalence": {"processor": {"core": 1}}, "start_time": 0}, open("system.json", "w"))
rule = {"fcfs": FirstInFirstOut, "easy": EASYBackfilling}[policy](FirstFit())
Simulator(swf, "system.json", rule).start_simulation()
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """One whole process."""

    cpu_s: float
    peak_mib: float
    starts: dict[int, int]


def workload(path: Path, jobs: int, chips: int, load: float, seed: int) -> None:
    """Rigid jobs as SWF: sizes 1 to a quarter of the machine, run times 1 min to 1 day, requests 1 to 5 times that."""
    dice = np.random.default_rng(seed)
    size = np.exp2(dice.uniform(0, np.log2(chips // 4), jobs)).astype(np.int64)
    run = np.clip(2700 * np.exp(1.2 * dice.standard_normal(jobs)), 60, 86_400).astype(np.int64)
    asked = np.maximum(-(-(run * dice.uniform(1, 5, jobs)) // 300) * 300, run).astype(np.int64)
    submit = np.cumsum(dice.exponential(float((size * run).mean()) / (chips * load), jobs)).astype(np.int64)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"; MaxJobs: {jobs}\n; MaxProcs: {chips}\n; UnixStartTime: 0\n")
        for k in range(jobs):
            file.write(f"{k + 1} {submit[k]} -1 {run[k]} {size[k]} -1 -1 {size[k]} {asked[k]} -1 1 1 1 -1 1 1 -1 -1\n")


def ran(command: list[str], folder: Path, output: Path | None = None) -> tuple[float, float]:
    """CPU seconds and peak MiB of a whole process; a small one starts it, as memory counts from before its start."""
    script = (
        "import os, subprocess, sys\n"
        "p = subprocess.Popen(sys.argv[2:], stdout=open(sys.argv[1], 'wb'), stderr=subprocess.DEVNULL)\n"
        "_, status, u = os.wait4(p.pid, 0)\n"
        "print(status, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024)\n"
    )
    whole = [sys.executable, "-S", "-c", script, str(output or os.devnull), *command]
    told = subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=True).stdout.split()
    if int(told[0]):
        raise SystemExit(f"failed: {' '.join(command)}")
    return float(told[1]), float(told[2])


def ours(log: Path, chips: int, policy: str, folder: Path) -> Ran:
    """`gigacampus replay`, run folder and all."""
    import pyarrow.parquet as pq

    command = [sys.executable, "-m", "gigacampus", "replay", str(log), "--gpus", str(chips), "--policy", policy]
    cpu_s, mib = ran([*command, "--out", str(folder / "run"), "--force", "--quiet"], folder)
    table = pq.read_table(folder / "run" / "tables" / "jobs.parquet", columns=["job_id", "start_s"])
    return Ran(cpu_s, mib, dict(zip(*(table.column(name).to_pylist() for name in ("job_id", "start_s")), strict=True)))


def textbook(log: Path, chips: int, policy: str, folder: Path) -> Ran:
    """`textbook.py`, no import but the standard library's."""
    out = folder / "textbook.txt"
    cpu_s, mib = ran([sys.executable, "-S", str(HERE / "textbook.py"), str(log), str(chips), policy], folder, out)
    pairs = (line.split() for line in out.read_text().splitlines())
    return Ran(cpu_s, mib, {int(job): int(start) for job, start in pairs})


def accasim(python: Path, log: Path, chips: int, policy: str, folder: Path) -> Ran:
    """AccaSim with first-fit allocation; its plan is `id;...__nodes__start;end;...`, clock in UTC."""
    (folder / "driver.py").write_text(DRIVER)
    shutil.rmtree(folder / "results", ignore_errors=True)
    cpu_s, mib = ran([str(python), "driver.py", str(log), str(chips), policy], folder)
    found = {}
    for line in (folder / "results" / f"sched-{log.name}").read_text().splitlines():
        head, _, tail = line.split("__")
        moment = datetime.fromisoformat(tail.split(";")[0]).replace(tzinfo=UTC)
        found[int(head.split(";")[0])] = int(moment.timestamp())
    return Ran(cpu_s, mib, found)


def environment(wanted: str | None) -> Path | None:
    """The Python of AccaSim's own environment, made where it is not there; None without a Python 3.9."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gigacampus" / "accasim"
    python = root / "bin" / "python"
    if python.exists():
        return python
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.9.*/bin/python"))
    base = wanted or (str(pyenv[-1]) if pyenv else shutil.which("python3.9"))
    if base is None:
        return None
    subprocess.run([base, "-m", "venv", str(root)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", ACCASIM], check=True, stderr=subprocess.DEVNULL)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--chips", type=int, default=1_000)
    parser.add_argument("--load", type=float, default=0.9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--python39")
    parser.add_argument("--no-accasim", action="store_true", help="it takes 2 ms a job")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    python = None if asked.no_accasim else environment(asked.python39)
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        log = folder / "log.swf"
        workload(log, asked.jobs, asked.chips, asked.load, asked.seed)
        workload(folder / "small.swf", 10, asked.chips, asked.load, asked.seed)
        ours(folder / "small.swf", asked.chips, "easy", folder)  # compiles, once and for all
        ours(folder / "small.swf", asked.chips, "fcfs", folder)
        for policy in ("fcfs", "easy"):
            found = {"gigacampus": ours(log, asked.chips, policy, folder)}
            found["textbook, plain Python"] = textbook(log, asked.chips, policy, folder)
            if python:
                found["AccaSim 1.1.3"] = accasim(python, log, asked.chips, policy, folder)
            rows += [row(policy, name, one, found) for name, one in found.items()]
    if asked.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{asked.jobs:,} jobs on {asked.chips:,} chips at {asked.load:.0%}, whole processes")
    titles = (("CPU s", 8), ("jobs/CPU s", 11), ("peak MiB", 9), ("times ours", 11), ("starts as textbook", 19))
    print(f"{'policy':<7} {'tool':<24}" + "".join(f"{title:>{width}}" for title, width in titles))
    for one in rows:
        print(
            f"{one['policy']:<7} {one['tool']:<24}{one['cpu_s']:>8.2f}{one['jobs_per_cpu_s']:>11,.0f}"
            f"{one['peak_mib']:>9,.0f}{one['times_ours']:>11.1f}{one['same_starts']:>12,} of {asked.jobs:,}"
        )
    if not python and not asked.no_accasim:
        print("AccaSim left out: no Python 3.9 (--python39 PATH)")


def row(policy: str, name: str, one: Ran, found: dict[str, Ran]) -> dict[str, object]:
    """One line of the table."""
    right = found["textbook, plain Python"].starts
    return {
        "policy": policy, "tool": name, "cpu_s": one.cpu_s, "jobs_per_cpu_s": len(one.starts) / one.cpu_s,
        "peak_mib": one.peak_mib, "times_ours": one.cpu_s / found["gigacampus"].cpu_s,
        "same_starts": sum(right[job] == start for job, start in one.starts.items()),
    }  # fmt: skip


if __name__ == "__main__":
    main()
