"""Whole processes of `gigacampus replay`: CPU seconds and peak memory of the million-job log, the starts, the seeds.

    python benchmarks/replay.py             # a minute or two
    python benchmarks/replay.py --quick     # a tenth of the jobs and seeds

The million jobs are those of `benchmarks/engine.py` at 90 % load on 50,000 chips, as SWF; the run folder is written.
The first start compiles into an empty cache, the second is warm; what the loops on a floor share with it is compiled by
then. Seeds: EASY on 100,000 jobs and 6,000 chips, estimates
drawn anew for every seed, on all cores of this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


def swf(path: Path, jobs: int, chips: int) -> None:
    """A log of the core benchmark's jobs, 97 users and 16 queues."""
    import pyarrow as pa
    import pyarrow.csv as pc

    from engine import workload

    made, place, blank = workload(jobs, chips, 0.9), np.arange(jobs), np.full(jobs, -1)
    columns = [
        place + 1, made.submit_s, blank, made.run_s, made.gpus, blank, blank, made.gpus, made.estimate_s, blank,
        np.ones(jobs, dtype=np.int64), 1 + place % 97, np.ones(jobs, dtype=np.int64), blank, 1 + place % 16, blank,
        blank, blank,
    ]  # fmt: skip
    with path.open("wb") as file:
        file.write(f"; MaxProcs: {chips}\n".encode())
        table = pa.table({str(k): column for k, column in enumerate(columns)})
        pc.write_csv(table, file, pc.WriteOptions(include_header=False, delimiter=" "))


def process(arguments: list[str], folder: Path, cache: Path) -> tuple[float, float]:
    """CPU seconds and peak MiB of one whole process; a small one starts it, whose memory does not count."""
    script = (
        "import os, subprocess, sys\n"
        "p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "_, status, u = os.wait4(p.pid, 0)\n"
        "print(status, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024)\n"
    )
    env = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPYCACHEPREFIX": str(cache), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-S", "-c", script, sys.executable, "-m", "gigacampus", *arguments]
    told = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout.split()
    if int(told[0]):
        raise SystemExit(f"failed: {' '.join(arguments)}")
    return float(told[1]), float(told[2])


def seeds(log: Path, count: int) -> tuple[float, float, int]:
    """CPU and wall seconds of many seeds, after one that compiles and reads."""
    from gigacampus.replay import Asked
    from gigacampus.replay.seeds import by_seeds
    from gigacampus.workload.readers import read_trace

    asked, trace = Asked(str(log), policy="easy", estimates="factor:1..5", placement="none"), read_trace(log)
    by_seeds(asked, trace, 6_000, 2)
    begun, cpu = time.perf_counter(), time.process_time()
    by_seeds(asked, trace, 6_000, count)
    return time.process_time() - cpu, time.perf_counter() - begun, os.cpu_count() or 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    part = 10 if parser.parse_args().quick else 1
    with tempfile.TemporaryDirectory() as made:
        folder, cache = Path(made), Path(made) / "cache"
        swf(folder / "large.swf", 1_000_000 // part, 50_000 // part)
        swf(folder / "small.swf", 100_000 // part, 6_000)
        swf(folder / "tiny.swf", 10, 50_000)
        print(f"{'process':<44} {'CPU s':>7} {'peak MiB':>9}")
        floor = ["--gpus", "50000", "--gpus-per-node", "4", "--nodes-per-rack", "18", "--failures", "default"]
        for title, name, policy, more in (
            ("first start: compiling, 10 jobs", "tiny", "easy", []), ("warm start, 10 jobs", "tiny", "easy", []),
            ("warm start again", "tiny", "easy", []),
            ("first start on alike racks, failures", "tiny", "fair-easy", floor), ("warm", "tiny", "fair-easy", floor),
            ("first start of the loop that plays all", "tiny", "srtf", floor), ("warm", "tiny", "srtf", floor),
            (f"{1_000_000 // part:,} jobs as SWF, EASY", "large", "easy", []),
        ):  # fmt: skip
            command = ["replay", str(folder / f"{name}.swf"), "--policy", policy, *more]
            cpu_s, mib = process([*command, "--out", "run", "--force", "--quiet"], folder, cache)
            print(f"{title:<44} {cpu_s:>7.2f} {mib:>9,.0f}", flush=True)
        count = 1_000 // part
        cpu_s, wall_s, cores = seeds(folder / "small.swf", count)
        each = 1e3 * cpu_s / count
        print(f"{count:,} seeds of {100_000 // part:,} jobs: {cpu_s:.1f} CPU s, {each:.1f} ms a seed,")
        print(f"  {wall_s:.1f} s on the {cores} cores of this machine, {cpu_s / cores:.1f} s where nothing else runs")


if __name__ == "__main__":
    main()
