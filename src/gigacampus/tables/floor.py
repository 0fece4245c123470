"""What a replay on a floor says beside its jobs: where each attempt stood, and what each outage cost."""

from __future__ import annotations

from gigacampus.tables.table import Column, Spec

C = Column

STAYS = Spec(
    "replay_stays",
    "Where each attempt of a job stood, in order of their starts.",
    (
        C("job_id", "str", "", "Id as in the trace."),
        C("from_s", "i8", "s", "When it started there."),
        C("until_s", "i8", "s", "When it left; the largest int64 where it did not."),
        C("gpus", "f8", "chips", "GPUs held, shares counted as such."),
        C("nodes", "i8", "nodes", "Nodes."),
        C("racks", "i8", "racks", "Racks."),
        C("pods", "i8", "", "Pods."),
        C("halls", "i8", "halls", "Halls."),
        C("hops_mean", "f8", "", "Mean links between two of its nodes in the fabric; 0 on one node."),
        C("first_node", "str", "", "First of its nodes."),
    ),
)
FLOOR_OUTAGES = Spec(
    "replay_outages",
    "Failures and maintenance, in order of time, as far as the replay went.",
    (
        C("at_s", "i8", "s", "When."),
        C("until_s", "i8", "s", "When the nodes came back."),
        C("cause", "str", "", "Component that failed, or what was stated."),
        C("is_planned", "b1", "", "Whether it was maintenance."),
        C("first_node", "str", "", "First node that it took."),
        C("nodes", "i8", "nodes", "How many nodes it took."),
        C("gpus_down", "f8", "chips", "GPUs that went down with it; those that were down already count once."),
        C("jobs_killed", "i8", "", "Jobs that it broke off."),
        C("lost_gpu_s", "f8", "chip s", "GPU-seconds on chips of these jobs that no checkpoint holds."),
    ),
)
