"""A comparison in words: sentences made from the numbers, the terminal's lines, and HTML for notebooks."""

from __future__ import annotations

import html as markup
import math
import textwrap
from collections import Counter

from gigacampus.compare.because import Because
from gigacampus.compare.case import Case
from gigacampus.compare.comparison import Against, Comparison, identical
from gigacampus.compare.moves import Move, PartyMove

WIDTH = 110
MOST_INPUTS = 14
MOST_PARTIES = 16
SMALL = 0.005
"""Changes of a party's share below half a percent are left to the table."""


def figure(value: float, digits: int = 3) -> str:
    """A number of so many significant digits, thousands apart; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(0, places)}f}"


def signed(value: float, digits: int = 3) -> str:
    """The same with its sign; nothing is `0`."""
    text = figure(abs(value), digits)
    return text if text in ("0", "–") else f"{'+' if value > 0 else '−'}{text}"


def dollars(value_usd: float, *, sign: bool = True) -> str:
    """Dollars in words: +$1.2 billion."""
    if not math.isfinite(value_usd):
        return "–"
    lead = ("+" if value_usd > 0 else "−" if value_usd < 0 else "") if sign else ""
    for size, name in ((1e9, " billion"), (1e6, " million"), (1e3, ",000")):
        if abs(value_usd) >= size:
            return f"{lead}${figure(abs(value_usd) / size)}{name}"
    return f"{lead}${figure(abs(value_usd))}"


def large(value: float) -> str:
    """A count in words: 1.23 million."""
    return f"{figure(value / 1e6)} million" if abs(value) >= 1e6 else figure(value)


def sentences(made: Comparison, pair: Against) -> list[str]:
    """What moved and because of what, in sentences; the same for the terminal, the JSON and the report."""
    if identical(made.base, pair.case):
        if not pair.changes:
            return [f"{pair.case.name} has the inputs of {made.base.name}, and gives the same numbers."]
        return [
            f"{pair.case.name} gives exactly the numbers of {made.base.name}: what it changes "
            f"({_few([one.path for one in pair.changes])}) does not bind in this horizon."
        ]
    told = [
        _capacity(made.base, pair),
        *(_party(one, pair.because) for one in pair.parties[:MOST_PARTIES] if _told(one)),
    ]
    told.append(_ended([one for one in pair.parties if one.role == "books" and abs(one.usd) >= 1e6][:4]))
    told += [_why(pair.because), *pair.case.sentences, _bound(made.base, pair.case)]
    return [one for one in told if one]


def _few(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _capacity(base: Case, pair: Against) -> str:
    """Live chips at the end and H100e-months over the horizon."""
    found = {one.key: one for one in pair.moves}
    if "live_chips" not in found or "h100e_months" not in found:
        return _replayed(pair)
    end, months = found["live_chips"], found["h100e_months"]
    if not end.is_moved and not months.is_moved:
        told = f"The campus holds the same chips in every month ({end.new:,.0f} live at the end)"
        if base.is_planned != pair.case.is_planned:
            return f"{told}."
        return f"{told}: only who uses them, and how, moves."
    share = f" ({signed(100 * (months.new / months.old - 1))} %)" if months.old else ""
    why = _models(pair) if end.is_moved and (end.new - end.old) * (months.new - months.old) < 0 else ""
    since = _first_difference(base, pair.case)
    ends = (
        f"Live chips at the end: {end.old:,.0f} → {end.new:,.0f}"
        if end.is_moved
        else f"The same {end.new:,.0f} chips are live at the end"
    )
    return (
        f"{ends}; over the horizon {_amount(months.new - months.old)} H100e-months{share}"
        f"{f', from {since} on' if since else ''}{why}.{_sure(end)}"
    )


def _models(pair: Against) -> str:
    """Why more chips may be less compute: what a chip counts at the end, before and after."""
    found = {one.key: one for one in pair.moves}
    chips, power = found["live_chips"], found.get("live_h100e")
    if power is None or not chips.old or not chips.new:
        return ""
    each = [figure(power.old / chips.old), figure(power.new / chips.new)]
    return f": a live chip counts {each[1]} H100e at the end instead of {each[0]}" if each[0] != each[1] else ""


def _sure(move: Move) -> str:
    """The interval of a difference, where there is one."""
    if not math.isfinite(move.low) or move.low == move.high == 0.0:
        return ""
    return f" At the end the difference is {_amount(move.low)} to {_amount(move.high)} {move.unit} ({move.interval})."


def _replayed(pair: Against) -> str:
    told = [
        f"{one.label} {figure(one.old / one.per_unit)} → {figure(one.new / one.per_unit)} {one.unit}".rstrip()
        for one in pair.moves if one.is_moved
    ]  # fmt: skip
    return f"{'; '.join(told)}." if told else ""


def _first_difference(base: Case, case: Case) -> str:
    for key in ("live_h100e", "live_chips"):
        if key in base.series and key in case.series and base.months == case.months:
            pairs = zip(base.months, base.series[key].tolist(), case.series[key].tolist(), strict=True)
            found = next((month for month, old, new in pairs if old != new), "")
            if found:
                return found
    return ""


def _told(move: PartyMove) -> bool:
    return move.role == "tenant" and move.since != ""


def _party(move: PartyMove, because: Because | None) -> str:
    """What one tenant loses or gains, by how much, from when, and because of what."""
    said = f"{move.name}"
    shares = (move.old_share, move.new_share)
    if all(math.isfinite(one) for one in shares) and abs(shares[1] - shares[0]) >= SMALL:
        word = "rises" if shares[1] > shares[0] else "falls"
        said += f"'s share of the campus {word} from {_percent(shares[0])} to {_percent(shares[1])}: it"
    word = "gains" if move.h100e_months > 0 else "loses"
    said += f" {word} {large(abs(move.h100e_months))} H100e-months from {move.since} on"
    if move.chips:
        said += f", and has {figure(abs(move.chips))} chips and {figure(abs(move.it_w) / 1e6)} MW "
        said += f"{'more' if move.chips > 0 else 'less'} at the end"
    if math.isfinite(move.usd) and abs(move.usd) >= 1e6:
        said += f"; net cash {dollars(move.usd)}"
    return f"{said}{_shares_of(because, f'parties.{move.party}.tenant.h100e_months')}."


def _percent(share: float) -> str:
    """A share with three figures at the most: 56 %, 12.5 %, 0 %."""
    return f"{float(f'{100 * share:.3g}'):g} %"


def _ended(moves: list[PartyMove]) -> str:
    """What the others end with, those who have books alone, in one sentence."""
    told = [
        f"{one.name} {dollars(abs(one.usd), sign=False)} {'more' if one.usd > 0 else 'less'} (from {one.usd_since} on)"
        for one in moves
    ]
    return f"In net cash, others end with: {'; '.join(told)}." if told else ""


def _shares_of(because: Because | None, key: str) -> str:
    """The causes of one number with what each adds; nothing where one cause does it all (that is said once)."""
    if because is None or len(because.causes) < 2:
        return ""
    parts = because.largest(key)
    if not parts:
        return ""
    return " (because: " + "; ".join(f"{_called(cause.name)} {_amount(part)}" for cause, part in parts) + ")"


def _called(name: str) -> str:
    """A cause in a sentence: a variant by its name, a key by the last two words of its path."""
    parts = name.split(".")
    return " ".join(parts[-2:]).replace("_", " ") if len(parts) > 2 else name


def _amount(value: float) -> str:
    return f"{signed(value / 1e6)} million" if abs(value) >= 1e6 else signed(value)


def _why(because: Because | None) -> str:
    if because is None:
        return ""
    if len(because.causes) == 1:
        return f"Because: {because.causes[0].words}. This one change does all of it."
    said = []
    for cause, part in because.largest("h100e_months"):
        words = cause.words.removeprefix(f"{cause.name}: ")
        said.append(f"{_amount(part)} H100e-months from {cause.name} ({words})")
    idle = [one.name for one in because.causes if one.name not in {c.name for c, _ in because.largest("h100e_months")}]
    told = f"Because: {'; '.join(said)}." if said else ""
    if idle:
        told += f" {'Nothing' if not said else 'Nothing in H100e-months'} comes from {_few(idle)}."
    return told.strip()


def _bound(base: Case, case: Case) -> str:
    """Months in which each limit binds, where they changed."""
    old, new = Counter(base.binding), Counter(case.binding)
    told = [f"{name} {old[name]} → {new[name]}" for name in sorted({*old, *new}) if old[name] != new[name]]
    return f"Months in which each limit binds: {', '.join(told)}." if told else ""


def lines(made: Comparison) -> list[str]:
    """The comparison for a terminal."""
    told = [f"{made.base.name}: {made.base.title}"]
    for pair in made.others:
        told += ["", *_case(made, pair)]
    for names in made.same:
        if len(names) > 1:
            told += ["", f"identical numbers: {', '.join(names)}"]
    return [*told, *(f"note: {one}" for one in made.version_notes)]


def _case(made: Comparison, pair: Against) -> list[str]:
    status = f" [{pair.case.status}]" if pair.case.status else ""
    told = [f"── {pair.case.name}{status}: {pair.case.title}", "", "  inputs that differ"]
    told += [f"    {one.said}" + (f"  [{one.status}]" if one.status else "") for one in pair.changes[:MOST_INPUTS]]
    if not pair.changes:
        told.append("    none")
    if len(pair.changes) > MOST_INPUTS:
        told.append(f"    … and {len(pair.changes) - MOST_INPUTS} more (--json lists them all)")
    told += ["", "  what moved, and because of what"]
    for one in pair.sentences:
        told += textwrap.wrap(one, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    told += ["", *_results(made.base.name, pair)]
    return [*told, *_parties(pair), *(f"  note: {one}" for one in pair.notes)]


def _results(base: str, pair: Against) -> list[str]:
    rows = [one for one in pair.moves if one.is_moved]
    if not rows:
        return ["  no headline number moved"]
    told = [f"  {'':<38}{_cut(base, 16):>16}{_cut(pair.case.name, 25):>26}{'difference':>14}"]
    for one in rows:
        old, new, gap = (value / one.per_unit for value in (one.old, one.new, one.new - one.old))
        between = f"  [{signed(one.low / one.per_unit)} to {signed(one.high / one.per_unit)}]" if one.interval else ""
        unit = "points" if one.unit == "%" else one.unit
        told.append(
            f"  {one.label:<38}{figure(old, 4):>16}{figure(new, 4):>26}{signed(gap):>14} {unit}{between}".rstrip()
        )
    same = len(pair.moves) - len(rows)
    intervals = sorted({one.interval for one in rows if one.interval})
    told += [f"  [ ]: {', '.join(intervals)}"] if intervals else []
    if not same:
        return told
    return [*told, f"  {same} other headline number{'s are' if same > 1 else ' is'} the same"]


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _parties(pair: Against) -> list[str]:
    if not pair.parties:
        return []
    head = f"  {'party':<34}{'as':<10}{'chips':>12}{'H100e-months':>16}{'MW IT':>10}{'dollars':>18}  from"
    told = ["", "  what each party loses or gains (chips and MW at the end, the others over the horizon)", head]
    told += [
        f"  {_cut(one.name, 33):<34}{one.role:<10}{signed(one.chips):>12}{signed(one.h100e_months):>16}"
        f"{signed(one.it_w / 1e6):>10}{dollars(one.usd):>18}  {one.since or one.usd_since}"
        for one in pair.parties[:MOST_PARTIES]
    ]
    if len(pair.parties) > MOST_PARTIES:
        told.append(f"  … and {len(pair.parties) - MOST_PARTIES} more (--json lists them all)")
    return told


def html(made: Comparison) -> str:
    """The comparison for a notebook: escaped, no script."""
    text = markup.escape("\n".join(lines(made)))
    return f'<pre style="line-height:1.35">{text}</pre>'
