"""Malformed logs: every fault at once, each with file, line and column; skipped only on request, and counted."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigacampus.errors import InputError, TraceError, UsageError
from gigacampus.tables.trace import State
from gigacampus.workload import read_nodes, read_rates, read_requests, read_trace

ITP = "job_id,submission_time,duration,num_gpu\n"
HELIOS = "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
SWF = "{0} {1} -1 {2} 4 -1 -1 {3} 20 -1 {4} 1 1 -1 1 -1 -1 -1\n"
BAD = {
    # text: (code, line, column of the line, column's name)
    "not a number": (ITP + "a,0,600,1\nb,x,600,1\n", "T004", 3, 3, "submission_time"),
    "too few fields": (ITP + "a,0,600,1\n\nb,5\n", "T003", 4, 0, ""),
    "too many fields": (ITP + "a,0,600,1,9\n", "T003", 2, 0, ""),
    "negative gpus": (ITP + "a,0,600,-1\n", "T005", 2, 9, "num_gpu"),
    "fraction of a gpu": (ITP + "a,0,600,1.5\n", "T005", 2, 9, "num_gpu"),
    "negative run": (ITP + "a,0,-600,1\n", "T005", 2, 5, "duration"),
    "no run": (ITP + "a,0,,1\n", "T005", 2, 5, "duration"),
    "no submission": (ITP + "a,,600,1\n", "T005", 2, 3, "submission_time"),
    "negative submission": (ITP + "a,-5,600,1\n", "T005", 2, 3, "submission_time"),
    "infinite": (ITP + "a,1e400,600,1\n", "T004", 2, 3, "submission_time"),
    "repeated id": (ITP + "a,0,600,1\nb,1,600,1\na,2,600,1\n", "T006", 4, 1, "job_id"),
    "no date": (HELIOS + "1,u,v,1,1,1,COMPLETED,yesterday,,,60,0\n", "T004", 2, 23, "submit_time"),
    "30 February": (HELIOS + "1,u,v,1,1,1,COMPLETED,2020-02-30 00:00:00,,,60,0\n", "T004", 2, 23, "submit_time"),
    "swf word": (SWF.format(1, "x", 10, 4, 1), "T004", 1, 3, "submit"),
    "swf completed without run": ("; MaxProcs: 8\n" + SWF.format(1, 0, -1, 4, 1), "T005", 2, 8, "run"),
    "swf negative run": (SWF.format(1, 0, -9, 4, 1), "T005", 1, 8, "run"),
    "swf repeated id": (SWF.format(1, 0, 9, 4, 1) + SWF.format(1, 1, 9, 4, 1), "T006", 2, 1, "job"),
    "swf short line": (SWF.format(1, 0, 9, 4, 1) + "2 3 4\n", "T003", 2, 0, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_named_and_can_be_skipped(name: str, tmp_path: Path) -> None:
    text, code, line, column, path = BAD[name]
    file = tmp_path / "log"
    file.write_text(text)
    with pytest.raises(TraceError) as error:
        read_trace(file)
    assert len(error.value.faults) == 1
    fault = error.value.faults[0]
    assert (fault.code, fault.line, fault.column, fault.path) == (code, line, column, path)
    assert fault.file == str(file)
    assert fault.text == text.split("\n")[line - 1]
    good = "good,1,60,1\n" if text.startswith(ITP) else "9,u,v,1,1,1,COMPLETED,2020-02-01 00:00:00,,,60,0\n"
    file.write_text(text + (SWF.format(9, 5, 60, 1, 1) if name.startswith("swf") else good))
    trace = read_trace(file, skip_bad=True)
    assert trace.skipped == 1
    assert trace.jobs["run_s"].tolist()[-1] == 60
    assert any("skipped" in note for note in trace.notes)


def test_all_faults_come_at_once_and_the_list_is_capped(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(ITP + "".join(f"{k},x,600,-1\n" for k in range(50)))
    with pytest.raises(TraceError) as error:
        read_trace(file)
    assert len(error.value.faults) == 21
    assert "30 more" in error.value.faults[-1].message


def test_missing_columns_are_named_with_a_suggestion(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("job_id,submission_time,duratoin,num_gpu\na,0,600,1\n")
    with pytest.raises(TraceError) as error:
        read_trace(file, format="itp")
    assert "duration" in error.value.faults[0].message
    assert "duratoin" in error.value.faults[0].fix


@pytest.mark.parametrize("text", ["", "\n\n", ITP, "; MaxProcs: 4\n"])
def test_a_file_without_jobs(text: str, tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text(text)
    with pytest.raises(TraceError):
        read_trace(file)


def test_what_is_no_trace_at_all(tmp_path: Path) -> None:
    file = tmp_path / "log"
    for raw in (b"\x1f\x8b\x08broken", bytes(range(256)), b"{ not json", b'{"jobs": 3}', b"[1, 2]", b'{"items": [7]}'):
        file.write_bytes(raw)
        with pytest.raises(TraceError):
            read_trace(file)
    with pytest.raises(TraceError, match="No such file"):
        read_trace(tmp_path / "absent")
    with pytest.raises(TraceError):
        read_trace(tmp_path)


def test_other_files_name_their_faults(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,x,1\n")
    with pytest.raises(TraceError, match="ContextTokens"):
        read_requests(file)
    file.write_text("t_s,a_rps\n0,-1\n")
    with pytest.raises(TraceError, match="a_rps"):
        read_rates(file)
    file.write_text("sn,cpu_milli,memory_mib,gpu,model\nn,1,1,two,A\n")
    with pytest.raises(TraceError, match="two"):
        read_nodes(file)


def test_a_row_of_a_json_log_is_named(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text(
        '[{"status": "Pass", "vc": "v", "jobid": "a", "attempts": [], "submitted_time": "soon", "user": "u"}]'
    )
    with pytest.raises(TraceError) as error:
        read_trace(file)
    assert "row 1" in error.value.faults[0].message


FIXTURES = sorted(path for path in (Path(__file__).parent / "fixtures").iterdir())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(FIXTURES),
    at=st.floats(0, 1),
    length=st.integers(0, 12),
    new=st.text(alphabet="0123456789-.,:;|\"'{}[]\n xeE+\t\0é", max_size=6),
    skip=st.booleans(),
)
def test_damaged_files_give_clear_errors_only(
    path: Path, at: float, length: int, new: str, skip: bool, tmp_path: Path
) -> None:
    raw = path.read_bytes()
    cut = int(at * len(raw))
    file = tmp_path / path.name
    file.write_bytes(raw[:cut] + new.encode() + raw[cut + length :])
    for read in (lambda: read_trace(file, skip_bad=skip), lambda: read_requests(file, skip), lambda: read_nodes(file)):
        with contextlib.suppress(InputError):
            read()
    form = "pai" if path.name.startswith("pai_task") else "auto"
    with contextlib.suppress(InputError):
        jobs = read_trace(file, form, skip_bad=skip).jobs
        assert (jobs["run_s"] >= 0).all()
        assert (jobs["gpus"] >= 0).all()
        assert (jobs["submit_s"] >= 0).all()


def test_a_time_zone_must_exist() -> None:
    with pytest.raises(UsageError, match="Mars"):
        read_trace(FIXTURES[0], zone="Mars/Olympus")


@pytest.mark.parametrize("text", ["99999999999999999999", "9223372036854775807", "-9223372036854775808"])
def test_absurd_numbers_are_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(ITP + f"a,{text},600,1\n")
    with pytest.raises(TraceError, match="submission_time"):
        read_trace(file)


SACCT = "JobID|User|State|Submit|Start|End|ElapsedRaw|TimelimitRaw|AllocTRES|NNodes|NodeList\n"


def test_traps_of_sacct(tmp_path: Path) -> None:
    """What accounting databases write: each line is a trap that was seen on a real one."""
    file = tmp_path / "sacct.txt"
    file.write_text(
        SACCT
        + "7|a|CANCELLED by 0|2026-01-02T00:00:00|None|2026-01-02T00:01:00|0|60||2|None assigned\n"
        + "8|a|COMPLETED|2026-01-02T00:00:00|2026-01-02T00:00:10|2026-01-02T00:10:10|600|UNLIMITED|"
        + "billing=4,gres/gpu:h100=2,gres/gpu=2|2|n[1-2]\n"
        + "8.batch||COMPLETED|2026-01-02T00:00:10|2026-01-02T00:00:10|2026-01-02T00:10:10|600||gres/gpu=2|1|n1\n"
        + "8.extern||COMPLETED|2026-01-02T00:00:10|2026-01-02T00:00:10|2026-01-02T00:10:10|600||gres/gpu=2|1|n1\n"
        + "9_[3-9%2]|a|PENDING|2026-01-02T00:00:00|Unknown|Unknown|0|30||1|None assigned\n"
        + "10+0|a|OUT_OF_MEMORY|2026-01-02T00:00:00|2026-01-02T00:01:00|2026-01-02T00:01:30|30|30|"
        + "gres/gpu:a100_1g.5gb=1|1|n3\n"
        + "11|a|RUNNING|2026-01-02T00:00:00|2026-01-02T00:01:00|Unknown|90|Partition_Limit|gres/gpu=4|1|n3\n"
        + "12|a|REQUEUED|2026-01-02T00:00:00|2026-01-02T00:01:00|2026-01-02T00:02:00|60|30|gres/gpu=4|1|n3\n"
    )
    trace = read_trace(file)
    jobs = trace.jobs
    assert [trace.id_of(k) for k in range(len(trace))] == ["7", "8", "10+0", "11"]
    assert jobs["gpus"].tolist() == [0, 2, 1, 4]
    assert jobs["run_s"].tolist() == [0, 600, 30, 90]
    assert jobs["estimate_s"].tolist() == [3600, 0, 1800, 0]
    assert [State(code).name for code in jobs["state_index"]] == ["CANCELLED", "COMPLETED", "FAILED", "RUNNING"]
    assert trace.gpu_specs == ("h100", "a100_1g.5gb")
    assert (trace.counts["not_jobs"], trace.counts["still_running"]) == (3, 1)


def test_seconds_since_1970_are_dates_too(tmp_path: Path) -> None:
    file = tmp_path / "sacct.txt"
    file.write_text(SACCT + "1|a|COMPLETED|1767312000|1767312060|1767312660|600|60|gres/gpu=2|1|n1\n")
    trace = read_trace(file)
    assert trace.epoch_utc == "2026-01-02T00:00:00+00:00"
    assert (int(trace.jobs["start_s"][0]), int(trace.jobs["end_s"][0])) == (60, 660)


BROKEN = {
    "slurm-json": '{"jobs": [7, {"job_id": 1, "state": "COMPLETED", "time": {"submission": 1767312000,'
    ' "start": 1767312060, "end": 1767312660, "elapsed": 600}, "tres": {"allocated": []}}]}',
    "philly": '[{"status": "Pass", "vc": "v", "jobid": "a", "user": "u", "submitted_time": "2017-10-07 01:00:00",'
    ' "attempts": [{"start_time": "soon", "end_time": null, "detail": []}]}, {"status": "Killed", "vc": "v",'
    ' "jobid": "b", "attempts": [], "submitted_time": "2017-10-07 01:11:00", "user": "u"}]',
    "kubernetes": '{"items": [7, {"kind": "Pod", "metadata": {"name": "p",'
    ' "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"containers": []},'
    ' "status": {"phase": "Failed", "startTime": "2026-01-01T00:00:05Z",'
    ' "containerStatuses": [{"state": {"terminated": {"finishedAt": "2026-01-01T00:01:00Z"}}}]}}]}',
}


@pytest.mark.parametrize("form", BROKEN)
def test_a_broken_object_is_named_and_can_be_skipped(form: str, tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text(BROKEN[form])
    with pytest.raises(TraceError) as error:
        read_trace(file, form)
    assert [fault.code for fault in error.value.faults] == ["T003"]
    assert error.value.faults[0].message.startswith("row 1: not the shape of a")
    trace = read_trace(file, form, skip_bad=True)
    assert (len(trace), trace.skipped) == (1, 1)


def test_a_broken_line_of_requests_is_named_and_can_be_skipped(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    good = '{"timestamp": 0, "input_length": 5, "output_length": 5}\n'
    file.write_text(good + "{nonsense\n" + good)
    with pytest.raises(TraceError) as error:
        read_requests(file)
    assert [(fault.line, fault.code) for fault in error.value.faults] == [(2, "T003")]
    read = read_requests(file, skip_bad=True)
    assert (len(read.table), read.skipped) == (2, 1)


def test_a_kubernetes_object_is_named_by_its_place(tmp_path: Path) -> None:
    def pod(name: str, gpus: str = "8", created: str = "2026-01-01T00:00:00Z") -> dict[str, object]:
        limits = {"resources": {"limits": {"nvidia.com/gpu": gpus}}}
        meta = {"name": name, "namespace": "ns", "uid": name, "creationTimestamp": created}
        return {"kind": "Pod", "metadata": meta, "spec": {"containers": [limits]}, "status": {"phase": "Succeeded"}}

    file = tmp_path / "dump.json"
    file.write_text(json.dumps({"kind": "List", "items": [pod("a", "x"), pod("b", created="soon"), {"kind": "Pod"}]}))
    with pytest.raises(TraceError) as error:
        read_trace(file)
    told = [fault.message for fault in error.value.faults]
    assert [text.partition(":")[0] for text in told] == ["row 1", "row 2", "row 3"]
    assert "'x' is no quantity" in told[0]
    assert "soon" in told[1]
    assert "lacks 'metadata'" in told[2]
