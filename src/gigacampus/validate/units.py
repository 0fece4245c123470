"""Units of compute: conversions, published chip figures, and the derived facts of the catalog, worked out again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from gigacampus import catalog
from gigacampus.catalog import formula
from gigacampus.catalog.chip import H100_TPP, Chip
from gigacampus.errors import Fault, UsageError
from gigacampus.validate.frame import Case

TITLE = "Units: chips, A100e, H100e, GB300e and TPP by named basis, and the derived facts"
MICROSOFT = "licence.microsoft.2025_09"
H100_16BIT_TFLOPS = 989.4


def cases(data: Path | None) -> list[Case]:
    """One case for each published figure. The suite takes no file of the user's."""
    if data is not None:
        raise UsageError(Fault("V004", "the suite units takes no --data", str(data), fix="drop --data"))
    return [*_licences(), *(one for chip in catalog.chips().values() for one in _chip(chip)), *_derived()]


def _licences() -> Iterator[Case]:
    """The licence that was misread, both ways round."""
    fact = catalog.look_up("fact", MICROSOFT)
    for basis, derived in (("tpp-max", "derived.ms_2025_gb300_low"), ("dense-8bit", "derived.ms_2025_gb300_high")):
        published = catalog.look_up("fact", derived).number
        ours = catalog.convert(fact.number, "A100e", "GB300e", basis).low
        yield Case(f"60400-a100e-to-gb300e-{basis}", published, ours, 1e-3, "own-derivation", fact.source, "GB300e")
    published = catalog.look_up("fact", "derived.ms_2025_h100e").number
    ours = catalog.convert(fact.number, "A100e", "H100e", "tpp-max").low
    yield Case("60400-a100e-to-h100e-tpp-max", published, ours, 1e-3, "own-derivation", fact.source, "H100e")
    cap, h100 = (
        catalog.look_up("rule", "diffusion.country_cap_tpp"),
        catalog.look_up("rule", "diffusion.country_cap_h100e"),
    )
    ours = catalog.convert(cap.number, "TPP", "H100e", "tpp-max").low
    yield Case("diffusion-cap-tpp-to-h100e", h100.number, ours, 1e-3, "disclosed", h100.source, "H100e")


def _chip(chip: Chip) -> Iterator[Case]:
    """A chip's published TPP and H100e against what its published rates give; every source by itself."""
    rates = {
        "tpp_8bit": [8.0 * rate for rate, _ in catalog.rates(chip, "dense-8bit")],
        "tpp_max": _tpp_max(chip),
        "h100e_8bit": [8.0 * rate / H100_TPP for rate, _ in catalog.rates(chip, "dense-8bit")],
        "h100e_16bit": [one.value / H100_16BIT_TFLOPS for one in chip.all_of("fp16_dense_tflops")],
    }
    for key, candidates in rates.items():
        for position, figure in enumerate(chip.all_of(key)):
            if not candidates:
                continue
            ours = min(candidates, key=lambda one: abs(one - figure.value))
            name = f"{chip.id}-{key}" + (f"-{position + 1}" if position else "")
            note = "published rates disagree; the nearest is shown" if len(set(candidates)) > 1 else figure.note
            tolerance = max(2e-3, _half_digit(f"{figure.value:.10g}") / figure.value)
            yield Case(
                name, figure.value, ours, tolerance, "third-party-estimate", figure.source, figure.unit, note=note
            )


def _tpp_max(chip: Chip) -> list[float]:
    """Bit length x dense rate, highest over the formats, for every choice among published rates.

    Where sources differ on the TPP as well, one may leave the 4-bit rate out because it was not known to it.
    """
    wide = [16.0 * one.value for one in chip.all_of("fp16_dense_tflops")] or [0.0]
    eight = [8.0 * rate for rate, _ in catalog.rates(chip, "dense-8bit")] or [0.0]
    four = [4.0 * one.value for one in chip.all_of("fp4_dense_tflops")] or [0.0]
    if len(chip.all_of("tpp_max")) > 1:
        four.append(0.0)
    return [max(choice) for choice in product(wide, eight, four)]


def _derived() -> Iterator[Case]:
    """Every derived fact against its own formula."""
    for fact in catalog.facts().values():
        if not formula.is_derived(fact):
            continue
        low, high = formula.derive(fact)
        ends = [float(part) for part in fact.value.split(" to ")]
        for name, published, ours in (("", ends[0], low), ("-high", ends[-1], high)):
            if name and len(ends) == 1:
                continue
            tolerance = max(_half_digit(fact.value.split(" to ")[0]) / abs(published), 1e-3)
            yield Case(f"{fact.id}{name}", published, ours, tolerance, "self-consistency", fact.source, fact.unit)


def _half_digit(text: str) -> float:
    """Half a unit of the last digit shown: what rounding may hide."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])
