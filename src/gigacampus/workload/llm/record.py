"""A training plan as plain numbers, for `--json` and for reports."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gigacampus.tables.finite import finite
from gigacampus.workload.llm.nearest import nearest
from gigacampus.workload.llm.plan import DAY_S, NETWORK_FRACTION, TrainingPlan


def record(plan: TrainingPlan) -> dict[str, Any]:
    """All of a plan; infinite or undefined numbers are None."""
    run, near = plan.run, nearest(plan.run)
    answer: dict[str, Any] = {
        "model": run.architecture.model,
        "model_source": run.architecture.source,
        "parameters": run.architecture.total_params,
        "active_parameters": run.architecture.active_params,
        "chip": run.machine.chip,
        "chips": run.chips,
        "precision": run.precision,
        "seq_len": run.seq_len,
        "global_batch": run.global_batch,
        "layout": asdict(plan.layout),
        "step_s": plan.step_s,
        "shares": plan.shares,
        "tokens_per_s_per_chip": plan.tokens_per_s_per_chip,
        "tokens_per_s": plan.tokens_per_s_per_chip * run.chips,
        "typical_error_fraction": plan.typical_error_fraction,
        "model_tflops_per_chip": plan.model_tflops_per_chip,
        "mfu_fraction": plan.mfu_fraction,
        "memory_gb": plan.memory_gb,
        "hbm_gb": run.machine.hbm_gb,
        "recovery": asdict(plan.recovery),
        "mttf_s": plan.goodput.mttf_s,
        "checkpoint_interval_s": plan.goodput.interval_s,
        "ettr_fraction": plan.goodput.ettr_fraction,
        "goodput_fraction": plan.goodput.goodput_fraction,
        "tokens": plan.tokens,
        "wall_d": plan.wall_s / DAY_S,
        "chip_hours": plan.wall_s / 3600.0 * run.chips,
        "it_power_mw": plan.it_power_w / 1e6,
        "network_fraction": NETWORK_FRACTION,
        "energy_mwh": plan.energy_j / 3.6e9,
        "power": asdict(plan.waveform) | {"mean_w": plan.waveform.mean_w, "frequency_hz": plan.waveform.frequency_hz},
        "nearest": asdict(near) | {"error_fraction": near.error_fraction},
        "notes": list(plan.notes),
    }
    plain: dict[str, Any] = finite(answer)
    return plain
