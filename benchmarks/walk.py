"""Wall time and peak memory of `gigacampus run stargate-uae` as a whole process, cold (no compiled cache) and warm.

Run: python benchmarks/walk.py
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(cache: Path, out: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MiB of one run."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gigacampus", "run", "stargate-uae", "--quiet", "--out", str(out)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"the run failed with status {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """One cold run and three warm ones."""
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    print(f"{'run':<8}{'wall s':>9}{'CPU s':>9}{'peak MiB':>11}")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        for number, name in enumerate(["cold", "warm", "warm", "warm"]):
            wall, cpu, peak = timed(cache, Path(folder) / f"run{number}")
            print(f"{name:<8}{wall:>9.2f}{cpu:>9.2f}{peak:>11,.0f}")


if __name__ == "__main__":
    main()
