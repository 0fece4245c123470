"""`gigacampus train`: how long a model takes on how many chips, what it draws, and what failures cost."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from gigacampus.bounds import TRAIN
from gigacampus.cli.numbers import within

if TYPE_CHECKING:
    from gigacampus.workload.llm import Layout, Question, Recovery

PARTS = "tp, pp, cp, ep, vp, mbs = 1 or more; fsdp = 0 or 1; recompute = none, selective or full"
_SCALES = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


@click.command("train")
@click.option("--model", required=True, help="A model of the catalog, such as llama3-405b or deepseek-v3.")
@click.option("--gpus", "chips", required=True, type=within(TRAIN["chips"]), help="Chips of the job.")
@click.option("--chip", required=True, help="Chip, such as h100, gb200, gb300.")
@click.option("--tokens", default="1T", show_default=True, help="Tokens to train on, such as 15.6T or 300B.")
@click.option("--seq-len", type=within(TRAIN["seq_len"]), default=8192, show_default=True, help="Tokens of a sequence.")
@click.option("--batch", type=within(TRAIN["batch"]), default=0, help="Sequences a step; by habit where not given.")
@click.option("--precision", default="", help="bf16, fp8 or fp4; bf16 up to Hopper and fp8 from Blackwell on.")
@click.option("--layout", "layout_text", default="auto", help='"tp=8,pp=16,cp=1,ep=1,vp=4,mbs=1,recompute=selective".')
@click.option(
    "--domain",
    type=within(TRAIN["domain"]),
    default=0,
    help="Chips on one scale-up fabric, where it differs from the catalog's.",
)
@click.option("--lora", is_flag=True, help="Train low-rank adapters only.")
@click.option("--cooling", default="liquid", type=click.Choice(["liquid", "immersion", "air"]), show_default=True)
@click.option(
    "--failures",
    type=within(TRAIN["failures"]),
    help="Interruptions per million chip-hours; Llama 3's 19.7 where not given.",
)
@click.option(
    "--checkpoint-write-s", type=within(TRAIN["checkpoint_write_s"]), help="Blocking seconds of one checkpoint."
)
@click.option("--recover-s", type=within(TRAIN["recover_s"]), help="Seconds to detect, restart and reload.")
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON.")
def command(
    model: str, chips: int, chip: str, tokens: str, seq_len: int, batch: int, precision: str, layout_text: str,
    domain: int, lora: bool, cooling: str, failures: float | None, checkpoint_write_s: float | None,
    recover_s: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Time, memory, power and goodput of a training run, with its breakdown and the nearest published run.

    The layout is searched under the chip's memory where none is given.
    """
    from gigacampus.workload.llm import Question, plan, record

    question = Question(
        model=model, chip=chip, chips=chips, tokens=_amount(tokens), seq_len=seq_len, global_batch=batch,
        precision=precision.lower(), layout=_layout(layout_text), domain=domain, is_lora=lora, cooling=cooling,
    )  # fmt: skip
    recovery = _recovery(question, failures, checkpoint_write_s, recover_s)
    answer = record(plan(_with(question, recovery)))
    click.echo(json.dumps(answer, indent=1) if as_json else _shown(answer))
    return 0


def _amount(text: str) -> float:
    from gigacampus.errors import Fault, UsageError

    match = re.fullmatch(r"\s*([\d.]+(?:[eE][+-]?\d+)?)\s*([KMBTkmbt]?)\s*", text)
    try:
        return float(match[1]) * _SCALES[match[2].upper()]  # type: ignore[index]
    except (TypeError, ValueError):
        raise UsageError(Fault("L060", f'"{text}" is no number of tokens', fix="write 15.6T, 300B or 2e12")) from None


def _layout(text: str) -> Layout | None:
    from gigacampus.errors import Fault, UsageError
    from gigacampus.workload.llm import Layout

    if text == "auto":
        return None
    given: dict[str, Any] = {}
    faults = []
    for part in text.split(","):
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key == "recompute" and value in {"none", "selective", "full"}:
            given[key] = value
        elif key in {"tp", "pp", "cp", "ep", "vp", "mbs", "fsdp"} and value.isdigit() and (int(value) or key == "fsdp"):
            given["micro_batch" if key == "mbs" else key] = bool(int(value)) if key == "fsdp" else int(value)
        else:
            faults.append(
                Fault("L061", f'"{part}" is no part of a layout', fix=PARTS)
            )  # fmt: skip
    if faults:
        raise UsageError(faults)
    return Layout(**given)


def _recovery(question: Question, failures: float | None, write_s: float | None, recover_s: float | None) -> Recovery:
    from dataclasses import replace

    from gigacampus.workload.llm import look_up
    from gigacampus.workload.llm.plan import usual_recovery

    usual = usual_recovery(look_up(question.model))
    return replace(
        usual,
        rate_per_chip_h=usual.rate_per_chip_h if failures is None else failures / 1e6,
        write_s=usual.write_s if write_s is None else write_s,
        recover_s=usual.recover_s if recover_s is None else recover_s,
    )


def _with(question: Question, recovery: Recovery) -> Question:
    from dataclasses import replace

    return replace(question, recovery=recovery)


def _shown(answer: dict[str, Any]) -> str:
    layout, near, memory = answer["layout"], answer["nearest"], answer["memory_gb"]
    wall = f"{answer['wall_d']:,.1f} days" if answer["wall_d"] is not None else "never: failures outrun the checkpoints"
    parallel = " ".join(f"{key.upper()}{layout[key]}" for key in ("tp", "pp", "cp", "ep", "vp"))
    lines = [
        f"{answer['model']} ({answer['parameters'] / 1e9:,.1f} B) on {answer['chips']:,} {answer['chip']}, "
        f"{answer['precision']}, {answer['global_batch']:,} sequences of {answer['seq_len']:,} a step",
        f"layout     {parallel} MBS{layout['micro_batch']}, recompute {layout['recompute']}"
        + (", FSDP" if layout["fsdp"] else ""),
        f"step       {answer['step_s']:.4g} s",
        f"rate       {answer['tokens_per_s_per_chip']:,.4g} tokens/s/chip "
        f"(typical error ±{100 * answer['typical_error_fraction']:.0f} %), "
        f"{answer['model_tflops_per_chip']:,.0f} TFLOP/s, MFU {100 * answer['mfu_fraction']:.1f} %",
        "phases     "
        + ", ".join(f"{name} {100 * share:.1f} %" for name, share in answer["shares"].items() if share >= 5e-4),
        f"memory     {memory['total']:.0f} of {answer['hbm_gb']:.0f} GB: "
        + ", ".join(f"{name} {value:.1f}" for name, value in memory.items() if name != "total"),
    ]
    if answer["mttf_s"] is not None:
        recovery = answer["recovery"]
        lines.append(
            f"failures   every {answer['mttf_s'] / 3600:.2f} h; "
            f"checkpoint every {answer['checkpoint_interval_s'] / 60:.1f} min ({recovery['write_s']:.3g} s), "
            f"{recovery['recover_s']:.0f} s to recover: {100 * answer['goodput_fraction']:.1f} % goodput"
        )
    lines += [
        f"time       {wall} for {answer['tokens'] / 1e12:,.4g} T tokens"
        + (f", {answer['chip_hours'] / 1e6:,.4g} M chip-hours" if answer["chip_hours"] else ""),
        f"power      {answer['it_power_mw']:,.4g} MW IT"
        + (f", {answer['energy_mwh'] / 1e3:,.4g} GWh" if answer["energy_mwh"] else "")
        + f"; every {answer['power']['period_s']:.3g} s a dip of {answer['power']['tail_s']:.2g} s "
        f"from {answer['power']['body_w'] / 1e3:.3g} to {answer['power']['tail_w'] / 1e3:.3g} kW a system",
        f"nearest    {near['id']}: {near['chips']:,} {near['chip']} {near['precision']}, published "
        f"{near['published_tokens_per_s']:,.4g} tokens/s/chip, ours for that run {near['ours_tokens_per_s']:,.4g} "
        f"({100 * near['error_fraction']:+.1f} %)",
        *(f"note       {note}" for note in answer["notes"]),
    ]
    return "\n".join(lines)
