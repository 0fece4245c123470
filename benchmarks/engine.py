"""The scheduler's core loop, counters only, beside a plain-Python textbook: CPU seconds, jobs a second, queue lengths.

    python benchmarks/engine.py              # a minute or two: up to 10 million jobs
    python benchmarks/engine.py --quick      # up to 1 million jobs
    python benchmarks/engine.py --only easy

Workload: sizes 1 to 18,432 chips (45 % one chip), log-normal run times (median 20 min, sigma 1.6, at most a week),
estimates 1 to 5 times the run time rounded up to 5, 15 or 60 min; Poisson arrivals at the offered load.
"""

from __future__ import annotations

import argparse
import gc
import time

import numpy as np

from gigacampus.engine.play import Jobs, play_queue

CHIPS = 500_000
WEEK_S = 7 * 86_400


def workload(jobs: int, chips: int, load: float, backlog: int = 0, seed: int = 1) -> Jobs:
    """Jobs in order of submission; the first `backlog` of them are submitted at second 0."""
    dice = np.random.default_rng(seed)
    most = min(18_432, max(64, chips // 8))
    size = np.exp2(dice.uniform(0, np.log2(64), jobs)).astype(np.int64)
    is_large = dice.random(jobs) < 0.02
    size[is_large] = np.exp2(dice.uniform(6, np.log2(most), int(is_large.sum()))).astype(np.int64)
    size[dice.random(jobs) < 0.45] = 1
    size = np.clip(size, 1, most)
    run = np.clip(1200 * np.exp(1.6 * dice.standard_normal(jobs)), 1, WEEK_S).astype(np.int64)
    step = dice.choice([300, 900, 3600], jobs)
    estimate = np.minimum(-(-(run * dice.uniform(1, 5, jobs)) // step) * step, WEEK_S * 5).astype(np.int64)
    gap = float((size * run).mean()) / (chips * load)
    submit = np.cumsum(dice.exponential(gap, jobs))
    submit[:backlog] = 0
    submit[backlog:] -= submit[backlog] if backlog else 0
    return Jobs(submit.astype(np.int64), run, np.maximum(estimate, run), size, np.zeros(jobs, dtype=np.int64))


def measured(jobs: Jobs, chips: int, is_easy: bool, repeats: int) -> tuple[float, float, float]:
    """CPU seconds (median), mean wait over mean run, utilisation."""
    times = []
    for _ in range(repeats):
        gc.collect()
        begun = time.thread_time()
        played = play_queue(jobs, chips, is_easy=is_easy)
        times.append(time.thread_time() - begun)
    wait = float((played.start_s - jobs.submit_s).mean())
    span = float(played.end_s.max() - jobs.submit_s.min())
    used = float((jobs.gpus.astype(np.float64) * jobs.run_s).sum()) / (chips * span)
    arrivals = len(jobs.run_s) / max(float(jobs.submit_s[-1] - jobs.submit_s[0]), 1.0)
    return float(np.median(times)), wait * arrivals, used


def naive(jobs: Jobs, chips: int, is_easy: bool) -> float:
    """CPU seconds of the textbook on the same jobs."""
    from gigacampus.validate._textbook import queue

    rows = list(zip(jobs.submit_s, jobs.run_s, jobs.estimate_s, jobs.gpus, [0] * len(jobs.run_s), strict=True))
    plain = [tuple(int(x) for x in row) for row in rows]
    begun = time.thread_time()
    queue(plain, chips, "easy" if is_easy else "fcfs")  # type: ignore[arg-type]
    return time.thread_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=["fcfs", "easy"])
    asked = parser.parse_args()
    play_queue(workload(100, 1_000, 0.5), 1_000, is_easy=True)
    top = 1_000_000 if asked.quick else 10_000_000
    cases = [("fcfs", top, 0.9, 0), ("fcfs", top, 0.98, 0), ("easy", top, 0.9, 0), ("easy", top, 0.98, 0)]
    cases += [("easy", top, 1.0, 1_000), ("easy", top, 1.0, top // 10), ("easy", top // 5, 1.0, top // 10)]
    titles = (("jobs", 11), ("load", 5), ("backlog", 9), ("CPU s", 7), ("ns/job", 7), ("M jobs/s", 9), ("queue", 9))
    print(f"{'policy':<6} " + " ".join(f"{title:>{width}}" for title, width in (*titles, ("used", 5))))
    for policy, count, load, backlog in cases:
        if asked.only and policy != asked.only:
            continue
        jobs = workload(count, CHIPS, load, backlog)
        cpu, queue, used = measured(jobs, CHIPS, policy == "easy", 3 if count < 10**7 else 1)
        print(
            f"{policy:<6} {count:>11,} {load:>5.2f} {backlog:>9,} {cpu:>7.2f} {1e9 * cpu / count:>7.0f} "
            f"{count / cpu / 1e6:>9.2f} {queue:>9,.0f} {used:>5.2f}",
            flush=True,
        )
    print("\nbeside the textbook, 2,000 jobs on 1,000 chips at 90 %")
    small = workload(2_000, 1_000, 0.9)
    for policy in ("fcfs", "easy"):
        ours = measured(small, 1_000, policy == "easy", 9)[0]
        plain = naive(small, 1_000, policy == "easy")
        rates = f"ours {1e6 * ours / 2_000:.2f} us/job, textbook {1e6 * plain / 2_000:,.0f} us/job"
        print(f"{policy:<6} {rates}: {plain / ours:,.0f} x")


if __name__ == "__main__":
    main()
