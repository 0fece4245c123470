"""Reading job logs: rows a second and the highest memory, for a plain CSV of some million rows, packed and not.

    python benchmarks/traces.py                    # 5 and 10 million rows, about a minute
    python benchmarks/traces.py --rows 1000000

Every reading is a process of its own, so that its peak is its own. Seconds are of the processor and of the wall.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

READ = """
import json, re, sys, time
from pathlib import Path
from gigacampus.workload import read_trace
wall, cpu = time.perf_counter(), time.process_time()
rows = len(read_trace(sys.argv[1]))
print(json.dumps({"rows": rows, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu,
                  # not ru_maxrss, which begins with that of the parent
                  "peak_mib": int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024}))
"""


def write(path: Path, rows: int) -> None:
    """A log in the columns of Microsoft ITP, in order of submission."""
    dice = np.random.default_rng(1)
    table = pa.table(
        {
            "job_id": np.arange(rows), "submission_time": np.sort(dice.integers(0, 10**8, rows)),
            "duration": dice.integers(600, 100_000, rows), "num_gpu": dice.choice([1, 2, 4, 8, 16], rows),
        }
    )  # fmt: skip
    with pa.output_stream(str(path), compression="gzip" if path.suffix == ".gz" else None) as stream:
        pacsv.write_csv(table, stream)


def measure(path: Path) -> dict[str, float]:
    """Read a log in a fresh process."""
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print a line a reading."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[5_000_000, 10_000_000])
    sys.stdout.write(f"{'file':<10} {'rows':>12} {'M rows/s cpu':>13} {'M rows/s wall':>14} {'peak MiB':>9}\n")
    with tempfile.TemporaryDirectory() as folder:
        for rows in parser.parse_args().rows:
            for name in ("csv", "csv.gz") if rows <= 5_000_000 else ("csv",):
                path = Path(folder) / f"log.{name}"
                write(path, rows)
                found = measure(path)
                each = [found["rows"] / found[f"{clock}_s"] / 1e6 for clock in ("cpu", "wall")]
                sys.stdout.write(
                    f"{name:<10} {rows:>12,} {each[0]:>13.2f} {each[1]:>14.2f} {found['peak_mib']:>9.0f}\n"
                )
                path.unlink()


if __name__ == "__main__":
    main()
