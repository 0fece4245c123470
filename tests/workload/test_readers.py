"""Every format by a fixture with its exact header; what each column means, checked by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from gigacampus.clock import NEVER
from gigacampus.errors import TraceError, UsageError
from gigacampus.tables.trace import State
from gigacampus.tables.work import Kind
from gigacampus.workload import FORMATS, read_nodes, read_rates, read_requests, read_trace, sniff, write_csv, write_swf

HERE = Path(__file__).parent / "fixtures"
COLUMNS = ("submit_s", "run_s", "gpus", "estimate_s")
# file: format, jobs as (submit, run, gpus, estimate)
EXPECTED = {
    "swf.swf": ("swf", [(0, 100, 4, 200), (10, 50, 8, 0), (20, 0, 4, 300), (30, 40, 2, 60)]),
    "itp.csv": ("itp", [(100, 600, 1, 0), (160, 7200, 8, 0), (90, 1200, 64, 0)]),
    "muri.csv": ("muri", [(0, 60, 1, 0), (61, 3600, 8, 0)]),
    "philly.csv": ("philly-csv", [(115, 66, 1, 0), (0, 2951, 4, 0), (3600, 10, 8, 0)]),
    "philly.json": ("philly", [(0, 7260, 4, 0), (60, 0, 0, 0)]),
    "helios.csv": ("helios", [(10, 600, 1, 0), (20, 30, 16, 0), (0, 3600, 0, 0)]),
    "acme_seren.csv": ("acme", [(0, 120, 8, 0), (120, 7200, 256, 0), (180, 0, 0, 0)]),
    "acme_kalos.csv": ("acme", [(0, 60, 64, 0), (1800, 600, 64, 0)]),
    "openb_pods.csv": ("openb", [(0, 12527, 1, 0), (427, 12475, 1, 0), (500, 0, 0, 0)]),
    "openb_multigpu.csv": ("openb", [(0, 0, 8, 0), (0, 0, 1, 0)]),
    "spot_jobs.csv": ("spot", [(0, 2700, 1, 0), (95, 410, 16, 0)]),
    "sacct.txt": ("slurm", [(0, 3600, 8, 7200), (360, 0, 16, 0), (420, 93725, 0, 93600), (540, 30, 2, 0)]),
    "sacct.json": ("slurm-json", [(0, 3600, 8, 7200), (360, 0, 4, 0)]),
    "kubernetes.json": ("kubernetes", [(0, 3600, 32, 0), (600, 600, 2, 7200), (1200, 600, 1, 0)]),
    "plain.csv": ("csv", [(0, 60, 4, 120), (5, 30, 1, 0)]),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_format_is_told_and_read(name: str) -> None:
    form, rows = EXPECTED[name]
    assert sniff(HERE / name) == form
    trace = read_trace(HERE / name)
    assert trace.format == form
    assert list(zip(*(trace.jobs[column].tolist() for column in COLUMNS), strict=True)) == rows
    assert trace.notes
    assert trace.skipped == 0


def test_every_format_has_a_fixture() -> None:
    assert {form for form, _ in EXPECTED.values()} | {"pai"} == set(FORMATS)


def test_packed_files_read_the_same(tmp_path: Path) -> None:
    for name in ("swf.swf", "helios.csv", "philly.json"):
        packed = tmp_path / "packed"
        packed.write_bytes(gzip.compress((HERE / name).read_bytes()))
        plain, again = read_trace(HERE / name), read_trace(packed)
        assert plain.format == again.format
        assert all(np.array_equal(plain.jobs[c], again.jobs[c]) for c in plain.jobs.spec.names)


def test_swf_fields_and_header() -> None:
    trace = read_trace(HERE / "swf.swf")
    assert trace.machine_gpus == 64
    assert [trace.id_of(k) for k in range(4)] == ["1", "2", "3", "4"]
    assert trace.jobs["state_index"].tolist() == [State.COMPLETED, State.COMPLETED, State.CANCELLED, State.FAILED]
    assert [trace.users[i] if i >= 0 else "" for i in trace.jobs["user_index"]] == ["7", "8", "7", ""]
    assert [trace.tenants[i] if i >= 0 else "" for i in trace.jobs["tenant_index"]] == ["2", "1", "2", ""]
    assert trace.counts["not_jobs"] == 1  # the partial execution of job 4
    assert any(note.startswith("1 of 4 rows") for note in trace.notes)


def test_pai_needs_no_header_and_splits_percent() -> None:
    trace = read_trace(HERE / "pai_task_table.csv", format="pai")
    jobs = trace.jobs
    assert jobs["gpus"].tolist() == [2, 0, 8]
    assert jobs["gpu_milli"].tolist() == [500, 0, 1000]
    assert jobs["cpu_milli"].tolist() == [12000, 4000, 24000]
    assert jobs["run_s"].tolist() == [600, 600, 100]
    assert trace.id_of(0) == "job1/worker"


def test_slurm_traps() -> None:
    trace = read_trace(HERE / "sacct.txt")
    jobs = trace.jobs
    specs = [trace.gpu_specs[i] if i >= 0 else "" for i in jobs["gpu_spec_index"]]
    assert specs == ["h100", "a100|h100", "", "h100"]  # typed twins are not counted twice
    assert jobs["state_index"].tolist() == [State.COMPLETED, State.CANCELLED, State.TIMEOUT, State.FAILED]
    assert jobs["start_s"][1] == NEVER
    assert jobs["priority"].tolist() == [100, 90, 80, 60]
    assert trace.counts["still_running"] == 1  # the pending one
    assert trace.epoch_utc == "2026-01-02T03:04:00+00:00"
    assert read_trace(HERE / "sacct.txt", zone="Asia/Dubai").epoch_utc == "2026-01-01T23:04:00+00:00"


def test_acme_kinds_and_offsets() -> None:
    seren, kalos = read_trace(HERE / "acme_seren.csv"), read_trace(HERE / "acme_kalos.csv")
    assert seren.epoch_utc == "2023-02-28T16:18:00+00:00"
    assert seren.jobs["kind_index"].tolist() == [Kind.BATCH, Kind.PRETRAIN, Kind.BATCH]
    assert kalos.jobs["kind_index"].tolist() == [Kind.EVALUATE, Kind.FINETUNE]


def test_spot_priorities_and_types() -> None:
    trace = read_trace(HERE / "spot_jobs.csv")
    assert trace.jobs["priority"].tolist() == [1, 0]
    assert trace.gpu_specs == ("A10", "A100-SXM4-80GB")
    assert trace.jobs["cpu_milli"].tolist() == [20_000, 240_000]


def test_kubernetes_requests() -> None:
    trace = read_trace(HERE / "kubernetes.json")
    assert trace.jobs["cpu_milli"].tolist() == [32_000, 1_000, 0]
    assert trace.jobs["memory_mib"].tolist() == [4 * 64 * 1024, 0, 0]
    assert trace.gpu_specs == ("H100",)
    assert trace.jobs["start_s"].tolist() == [60, 660, 1205]


def test_shared_gpus_are_kept() -> None:
    trace = read_trace(HERE / "openb_pods.csv")
    assert trace.jobs["gpu_milli"].tolist() == [1000, 460, 0]
    assert trace.gpu_specs == ("V100M16|V100M32",)


def test_a_mapping_reads_any_csv(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("when,ms,cards,who\n10,1500000,4,ann\n20,61000,8,bob\n")
    columns = {"submit_s": "when", "run_s": "ms * 0.001", "gpus": "cards", "user": "who"}
    trace = read_trace(path, columns=columns)
    assert trace.jobs["run_s"].tolist() == [1500, 61]
    assert trace.users == ("ann", "bob")
    with pytest.raises(UsageError, match="none of"):
        read_trace(path, columns={"wait": "when"})


def test_parquet_of_our_own_table(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    trace = read_trace(HERE / "itp.csv")
    path = tmp_path / "jobs.parquet"
    pq.write_table(trace.work_jobs().to_arrow(), path)
    again = read_trace(path)
    assert again.jobs["run_s"].tolist() == trace.jobs["run_s"].tolist()
    assert again.jobs["submit_s"].tolist() == [100, 160, 90]


@pytest.mark.parametrize("name", ["azure.csv", "mooncake.jsonl", "mooncake_slim.csv", "burstgpt.csv"])
def test_request_logs(name: str) -> None:
    assert sniff(HERE / name) == "requests"
    read = read_requests(HERE / name)
    gaps = {"azure.csv": 0.052, "burstgpt.csv": 40.0}
    assert np.diff(read.table["arrive_s"])[0] == pytest.approx(gaps.get(name, 1.5), abs=1e-6)
    assert (read.table["output_tokens"] > 0).all()
    with pytest.raises(TraceError, match="holds requests"):
        read_trace(HERE / name)


def test_burstgpt_models() -> None:
    assert read_requests(HERE / "burstgpt.csv").models == ("ChatGPT", "GPT-4")


def test_rates_keep_gaps() -> None:
    assert sniff(HERE / "servegen.csv") == "rates"
    table = read_rates(HERE / "servegen.csv")
    assert table["service"].tolist() == ["m_large_rps"] * 2 + ["m_mid_rps"] * 2
    assert np.isnan(table["rate_rps"][3])


@pytest.mark.parametrize("name", ["openb_nodes.csv", "pai_machines.csv", "spot_nodes.csv"])
def test_node_lists(name: str) -> None:
    assert sniff(HERE / name) == "nodes"
    table = read_nodes(HERE / name)
    assert len(table) == 2
    assert table["gpus"].tolist()[1] == 8


def test_a_node_list_needs_no_more_than_nodes_and_gpus(tmp_path: Path) -> None:
    file = tmp_path / "nodes.csv"
    file.write_text("node,gpus,rack\na,8,r1\nb,4,r1\n")
    table = read_nodes(file)
    assert (table["node"].tolist(), table["gpus"].tolist(), table["gpu_spec"].tolist()) == (
        ["a", "b"],
        [8, 4],
        ["", ""],
    )
    assert table["cpu_milli"].tolist() == [0, 0]


@pytest.mark.parametrize("name", ["swf.swf", "helios.csv", "sacct.txt", "plain.csv"])
def test_swf_writer_round_trip(name: str, tmp_path: Path) -> None:
    trace = read_trace(HERE / name)
    path = tmp_path / "out.swf.gz"
    assert write_swf(trace.jobs, path, {"MaxProcs": "64"}) == len(trace)
    again = read_trace(path)
    order = np.argsort(trace.jobs["submit_s"], kind="stable")
    for column in COLUMNS:
        assert again.jobs[column].tolist() == trace.jobs[column][order].tolist(), column
    assert again.machine_gpus == 64
    assert [file.name for file in tmp_path.iterdir()] == ["out.swf.gz"]


@pytest.mark.parametrize("name", list(EXPECTED))
def test_csv_writer_round_trip(name: str, tmp_path: Path) -> None:
    trace = read_trace(HERE / name)
    path = tmp_path / "out.csv.gz"
    assert write_csv(trace, path) == len(trace)
    again = read_trace(path)
    assert again.format == "csv"
    for column in again.jobs.spec.names:
        assert again.jobs[column].tolist() == trace.jobs[column].tolist(), column
    assert (again.users, again.tenants, again.gpu_specs) == (trace.users, trace.tenants, trace.gpu_specs)
    assert [again.id_of(k) for k in range(len(again))] == [trace.id_of(k) for k in range(len(trace))]


def test_all_clusters_of_itp_that_were_released() -> None:
    traces = [read_trace(f"itp-cluster{n:02}") for n in (1, 2, 4, 5, 7, 8, 9, 10)]
    assert sum(len(one) for one in traces) == 63_944
    gpu_h = sum(float(np.sum(one.jobs["gpus"] * one.jobs["run_s"])) / 3600 for one in traces)
    assert gpu_h == pytest.approx(1_343_399, abs=1)


BUNDLED = {
    # name: jobs, GPU-hours of the released data, counted independently
    "itp-cluster04": (15_802, 705_682.885),
    "itp-cluster07": (12_699, 366_799.813),
    "philly": (82_247, 978_078.473),
    "muri-trace1": (1_494, 383_326.768),
    "muri-trace4": (2_638, 204_902.103),
    "openb": (8_152, 51_470.674),
    "nasa-ipsc-1993": (18_239, 131_732.782),
}


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_totals(name: str) -> None:
    trace = read_trace(name)
    share = trace.jobs["gpus"] * trace.jobs["gpu_milli"] / 1000.0
    assert len(trace) == BUNDLED[name][0]
    assert float((share * trace.jobs["run_s"]).sum()) / 3600.0 == pytest.approx(BUNDLED[name][1], abs=0.01)


def test_work_jobs_keep_the_order_of_the_trace() -> None:
    jobs = read_trace(HERE / "itp.csv").work_jobs()
    assert jobs["job_id"].tolist() == [0, 1, 2]
    assert jobs["submit_s"].tolist() == [100, 160, 90]
    assert all(array.flags["C_CONTIGUOUS"] for array in jobs.columns.values())


SACCT = "JobID|User|Account|State|Submit|Start|End|ElapsedRaw|TimelimitRaw|AllocTRES|ReqTRES\n"


def test_attempts_of_a_requeued_job_are_told_apart(tmp_path: Path) -> None:
    row = "{}|ann|lab|{}|2026-01-02T0{}:00:00|2026-01-02T0{}:01:00|Unknown|600|60|gres/gpu=8|gres/gpu=8\n"
    file = tmp_path / "sacct.txt"
    file.write_text(
        SACCT + row.format(7, "PREEMPTED", 3, 3) + row.format(8, "COMPLETED", 3, 3) + row.format(7, "COMPLETED", 5, 5)
    )
    trace = read_trace(file)
    assert trace.ids.to_pylist() == ["7", "8", "7~2"]
    assert any("attempts of requeued jobs" in note for note in trace.notes)
    file.write_text(SACCT + 2 * row.format(7, "COMPLETED", 3, 3))
    with pytest.raises(TraceError, match="was there before"):
        read_trace(file)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_csv_may_be_parted_by_other_marks(mark: str, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    lines = ["when,secs,n", "2026-01-01 00:00:00,60,4", "2026-01-01 00:01:00,90,2"]
    file.write_text("\n".join(line.replace(",", mark) for line in lines))
    trace = read_trace(file, columns={"submit_s": "when", "run_s": "secs", "gpus": "n"})
    assert trace.jobs["submit_s"].tolist() == [0, 60]
    assert trace.jobs["gpus"].tolist() == [4, 2]


def test_second_0_of_an_swf_file_is_what_its_header_says(tmp_path: Path) -> None:
    file = tmp_path / "log.swf"
    line = "1 5 -1 60 4 -1 -1 4 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
    file.write_text("; UnixStartTime: 1504521041\n" + line)
    assert read_trace(file).epoch_utc == "2017-09-04T10:30:41+00:00"
    file.write_text("; UnixStartTime: soon\n" + line)
    assert read_trace(file).epoch_utc == ""
