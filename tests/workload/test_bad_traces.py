"""Malformed logs: every fault at once, each with file, line and column; skipped only on request, and counted."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigacampus.errors import InputError, TraceError, UsageError
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
