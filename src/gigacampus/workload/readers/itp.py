"""Microsoft ITP clusters, 2021 (released with ElasticFlow, ASPLOS'23)."""

from __future__ import annotations

from gigacampus.workload.readers.mapper import Format, need

ITP = Format(
    "itp",
    "Microsoft ITP 2021 (ElasticFlow)",
    ("job_id", "submission_time", "duration", "num_gpu"),
    {
        "job_id": need("job_id"),
        "submit_s": need("submission_time"),
        "run_s": need("duration"),
        "gpus": need("num_gpu"),
    },
    semantics=(
        "ITP: seconds from the start of collection; no users, states, requested times or waits; jobs under 600 s were "
        "removed at the source.",
    ),
    citation="Gu et al., ElasticFlow, ASPLOS'23 (MIT).",
)
