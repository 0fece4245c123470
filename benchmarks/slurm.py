"""Our backfill beside a real Slurm's: a small trace played as sleep jobs on loopback, starts compared job by job.

    apt-get install --no-install-recommends slurm-wlm munge        # Debian; nothing of it is started or enabled
    python benchmarks/slurm.py                                     # as root, some ten minutes, ports from 17000 on

One slurmctld, one munged and one slurmd a chip run in a temporary folder, bound to 127.0.0.1, and are stopped at the
end. A chip is a node, as Slurm's backfill plans whole nodes: on one node of many chips it would let nobody run beside a
reservation. A job sleeps for its run time
and states a limit in whole minutes, which is all that Slurm knows. Our policies then get what Slurm recorded: when each
job came, how long it held its chips, and its limit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs
from gigacampus.engine.schedule import schedule
from gigacampus.validate._textbook import chosen

Record = list[tuple[int, ...]]
"""Submission, start, end, limit in seconds, chips, of each job, by Slurm."""

CONF = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort=17000
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
MinJobAge=86400
MaxJobCount=20000
PriorityType=priority/basic
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,bf_resolution=1,bf_continue,bf_max_job_test=5000,default_queue_depth=5000,\
sched_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
NodeName=n[1-{chips}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[17001-{last}] CPUs=1 RealMemory=100 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "scontrol", "sinfo")


def trace(jobs: int, chips: int, seed: int) -> list[tuple[int, int, int, int]]:
    """Jobs as (second of submission, run s, limit min, chips); the queue stays long for most of the time."""
    dice = np.random.default_rng(seed)
    size = np.minimum(np.exp2(dice.uniform(0, np.log2(chips), jobs)).astype(int), chips)
    run = dice.integers(4, 45, jobs)
    limit = -(-(run * dice.uniform(1, 5, jobs)) // 60).astype(int)
    span = float((size * run).sum()) / chips
    submit = np.sort(dice.uniform(0, 0.7 * span, jobs)).astype(int)
    return [tuple(int(x) for x in row) for row in zip(submit, run, np.maximum(limit, 1), size, strict=True)]


class Cluster:
    """A Slurm of its own in a folder, for as long as the `with` lasts."""

    def __init__(self, folder: Path, chips: int) -> None:
        self.folder, self.chips, self.started = folder, chips, list[subprocess.Popen[bytes]]()
        host = socket.gethostname().split(".")[0]
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "slurm.conf").write_text(CONF.format(host=host, folder=folder, chips=chips, last=17_000 + chips))
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o600)
        self.env = os.environ | {"SLURM_CONF": str(folder / "slurm.conf"), "SLURM_TIME_FORMAT": "%s"}

    def __enter__(self) -> Cluster:
        munge = ["munged", "--foreground", "--force", f"--key-file={self.folder}/munge.key"]
        munge += [f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munge.pid"]
        self._start([*munge, f"--log-file={self.folder}/munge.log", f"--seed-file={self.folder}/munge.seed"])
        time.sleep(1)
        self._start(["slurmctld", "-D", "-c"])
        for k in range(1, self.chips + 1):
            (self.folder / "spool" / f"n{k}").mkdir()
            self._start(["slurmd", "-D", "-N", f"n{k}"])
        for _ in range(120):
            if self.say("sinfo", "-h", "-o", "%t %D").strip() == f"idle {self.chips}":
                return self
            time.sleep(0.5)
        told = (self.folder / "slurmctld.log").read_text()[-1500:]
        self.__exit__()
        raise SystemExit(f"the nodes do not come up:\n{told}")

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.started):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(self, command: list[str]) -> None:
        out = (self.folder / f"{command[0]}.out").open("wb")
        self.started.append(subprocess.Popen(command, env=self.env, stdout=out, stderr=out))

    def say(self, *command: str) -> str:
        """What a command prints; empty where it fails."""
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False).stdout

    def jobs(self) -> list[dict[str, str]]:
        """Fields of every job, in order of submission."""
        lines = self.say("scontrol", "show", "jobs", "-o").splitlines()
        found = [dict(pair.partition("=")[::2] for pair in line.split()) for line in lines if "JobId=" in line]
        return sorted(found, key=lambda job: int(job["JobId"]))


def played(cluster: Cluster, jobs: list[tuple[int, int, int, int]]) -> Record:
    """Submit, wait for the last, and return (submit, start, end, limit s, chips) of each by Slurm's record."""
    begun = time.monotonic()
    for submit, run, limit, size in jobs:
        time.sleep(max(0.0, begun + submit - time.monotonic()))
        answer = cluster.say("sbatch", "-N", str(size), "-t", str(limit), "-o", "/dev/null", "--wrap", f"sleep {run}")
        if "Submitted" not in answer:
            raise SystemExit(f"sbatch refused a job of {size}")
    while any(job["JobState"] not in ("COMPLETED", "FAILED", "TIMEOUT") for job in cluster.jobs()):
        time.sleep(1)
    found = cluster.jobs()
    bad = [job for job in found if job["JobState"] != "COMPLETED"]
    if bad:
        raise SystemExit(f"{len(bad)} jobs did not complete: {bad[0]}")
    times = [[int(job[key]) for key in ("SubmitTime", "StartTime", "EndTime")] for job in found]
    first = times[0][0]
    return [
        (submit - first, start - first, end - first, 60 * limit, size)
        for (submit, start, end), (_, _, limit, size) in zip(times, jobs, strict=True)
    ]


def ours(record: Record, chips: int, policy: str) -> np.ndarray:
    """Our starts of the same jobs."""
    submit, start, end, limit, size = (np.array(one, dtype=np.int64) for one in zip(*record, strict=True))
    nobody = np.zeros(len(record), dtype=np.int64)
    jobs = Jobs(submit, end - start, np.maximum(limit, end - start), size, nobody)
    return np.asarray(schedule(policy, jobs, Who(nobody, nobody, nobody), chips).start_s)


def compared(slurm: np.ndarray, start: np.ndarray) -> str:
    """Agreement of two lists of starts."""
    off = np.abs(slurm - start)
    pairs = np.triu(np.ones((len(start), len(start)), dtype=bool), 1)
    turned = (np.sign(np.subtract.outer(slurm, slurm)) * np.sign(np.subtract.outer(start, start)) < 0)[pairs]
    return (
        f"{(off <= 2).mean():>7.0%} {np.median(off):>8.0f} {off.max():>6.0f} {turned.mean():>11.2%} "
        f"{np.corrcoef(slurm, start)[0, 1]:>12.4f}"
    )


def decisions(record: Record, chips: int, policy: str, lag_s: int = 3) -> tuple[int, int, int]:
    """Ours, asked in Slurm's own state at every second: starts of Slurm's that ours allows, all, and jobs held back.

    A start counts as allowed if ours would start the job in that second or up to `lag_s` before, as ends and cycles
    take Slurm a moment; a job as held back if ours would start it for more than twice that long and Slurm does not.
    """
    jobs = [(submit, end - start, max(limit, end - start), size, 0) for submit, start, end, limit, size in record]
    picked: list[set[int]] = []
    for now in range(max(start for _, start, *_ in record) + 1):
        line = [k for k, (submit, start, *_) in enumerate(record) if submit <= now <= start]
        running = {k: start for k, (_, start, end, *_) in enumerate(record) if start < now < end}
        picked.append(set(chosen(jobs, chips, policy, now, line, running)))
    allowed = sum(
        any(k in picked[at] for at in range(max(start - lag_s, 0), start + 1))
        for k, (_, start, *_) in enumerate(record)
    )
    held_back = set()
    for k in range(len(record)):
        run = 0
        for at in range(len(picked)):
            run = run + 1 if k in picked[at] and record[k][1] > at else 0
            if run > 2 * lag_s:
                held_back.add(k)
    return allowed, len(record), len(held_back)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--chips", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="keep Slurm's record as CSV; if it is there, Slurm is not run")
    asked = parser.parse_args()
    if asked.record and asked.record.exists():
        rows = asked.record.read_text().splitlines()
        told(rows[0], [tuple(int(x) for x in row.split(",")) for row in rows[1:]], asked.chips)
        return
    missing = [name for name in PROGRAMS if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if missing or os.geteuid():
        sys.exit(f"left out: {'needs root' if not missing else 'not installed: ' + ', '.join(missing)}")
    jobs = trace(asked.jobs, asked.chips, asked.seed)
    with tempfile.TemporaryDirectory(prefix="slurm-") as made, Cluster(Path(made), asked.chips) as cluster:
        version = cluster.say("sinfo", "--version").strip()
        record = played(cluster, jobs)
    title = f"{version}, {asked.jobs} jobs on {asked.chips} chips, seed {asked.seed}"
    if asked.record:
        asked.record.write_text("\n".join([title, *(",".join(map(str, row)) for row in record)]) + "\n")
    told(title, record, asked.chips)


def told(title: str, record: Record, chips: int) -> None:
    """Print what agrees and what does not."""
    submit, slurm, end, *_ = (np.array(one, dtype=np.int64) for one in zip(*record, strict=True))
    jumped = sum(bool((slurm[:k] > slurm[k]).any()) for k in range(len(slurm)))
    print(f"{title}, {end.max()} s")
    print(f"Slurm: mean wait {(slurm - submit).mean():.1f} s; {jumped} jobs started before an earlier one\n")
    print("in Slurm's own state: which of its starts ours allows then, and jobs that ours would have started before")
    for policy in ("conservative", "easy", "fcfs"):
        allowed, starts, held_back = decisions(record, chips, policy)
        print(f"  {policy:<13} allows {allowed} of {starts} starts; {held_back} held back by Slurm")
    titles = (("mean wait", 9), ("<= 2 s", 7), ("median s", 8), ("max s", 6), ("turned", 11), ("correlation", 12))
    print(f"\nfrom the first job on, by our own rule: {'':<3}\n  {'':<13} " + " ".join(f"{a:>{b}}" for a, b in titles))
    for policy in ("conservative", "easy", "fcfs"):
        start = ours(record, chips, policy)
        print(f"  {policy:<13} {(start - submit).mean():>9.1f} {compared(slurm, start)}")
    gap = [int(slurm[slurm >= one].min() - one) for one in np.unique(end) if (slurm >= one).any()]
    print(f"\nfrom an end to the next start: median {np.median(gap):.0f} s, most {max(gap)} s")


if __name__ == "__main__":
    main()
