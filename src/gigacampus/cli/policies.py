"""What each queue policy and placement does, in a sentence, for `list`, `explain` and the reference."""

from __future__ import annotations

POLICIES = {
    "fcfs": "First come, first served, strictly: the head of the queue blocks those behind it.",
    "sjf": "Shortest max(estimate, run time) first; the head blocks.",
    "priority": "Higher priority first, then first come; the head blocks.",
    "deadline": "Earliest deadline first (EDF), jobs without one last; the head blocks.",
    "easy": "EASY backfilling: the head gets a reservation, later jobs start now if they do not delay it.",
    "sjf-easy": "EASY backfilling over the order of sjf.",
    "priority-easy": "EASY backfilling over the order of priority.",
    "deadline-easy": "EASY backfilling over the order of deadline.",
    "conservative": "Conservative backfilling: every waiting job holds a reservation, re-planned at every event.",
    "sjf-conservative": "Conservative backfilling over the order of sjf.",
    "priority-conservative": "Conservative backfilling over the order of priority.",
    "deadline-conservative": "Conservative backfilling over the order of deadline.",
    "fair": "Fair share: the tenant, then the user, that used least lately goes first; the head blocks.",
    "fair-easy": "EASY backfilling over the order of fair.",
    "fair-conservative": "Conservative backfilling over the order of fair.",
    "quota": "Quotas by tenant with borrowing and reclaim, as Kueue's cohorts: idle quota is lent, and taken back by "
    "stopping borrowers; in each tenant higher priority first, the head blocks its tenant alone.",
    "quota-easy": "The same, and jobs may jump ahead of their tenant's head where that does not put it off.",
    "srtf": "Shortest remaining time first; others stop and keep their progress.",
    "srsf": "Shortest remaining service (time × chips) first; others stop and keep their progress.",
    "las": "Least attained service first, in two queues; others stop and keep their progress.",
    "spot": "Higher priority first; jobs of lower priority give way, keep their progress and resume later.",
    "FILE.py:function": "A policy of your own that names the next job, or (with @order_key) an order, which also takes "
    "-easy and -conservative; an installed one goes by its entry point's name in gigacampus.policies.",
}
"""Queue policies, for `replay` and for a scenario's `operations.policy`."""
PLACEMENTS = {
    "none": "On no nodes: the machine is a count of GPUs.",
    "packed": "Fewest racks, then the tightest within (--nodes-per-rack); nodes that know no racks make it bestfit.",
    "near": "Fewest pods, then fewest racks, then the tightest nodes: the least links between the nodes of a gang.",
    "spread": "The node with the most free GPUs.",
    "random": "Any node that fits, at random.",
    "bestfit": "The node that is left with the least; for a gang whole free nodes first, the rest on the tightest.",
    "dotprod": "The node whose free resources are best aligned with the request.",
    "gpuclustering": "A node that runs jobs of the same shape already.",
    "gpupacking": "A GPU in use first, then a node in use, then a free node.",
    "fgd": "The node whose fragmentation grows least (fragmentation gradient descent).",
}
"""Placements for `replay`. A gang, larger than any node, takes whole free nodes first, the rest by the placement."""
