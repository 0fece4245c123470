"""Functions of one's own, from a file (`FILE.py:function`) or a package (entry points `gigacampus.policies`)."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from numba import config

from gigacampus.engine import policies
from gigacampus.engine.policies import CHOOSES, ORDERS, PLACES, Function, role_of
from gigacampus.errors import Fault, UsageError
from gigacampus.files import is_file

GROUP = "gigacampus.policies"
"""Entry points of installed policies, orders and placements."""
BACKFILLS = ("easy", "conservative")


def installed() -> dict[str, EntryPoint]:
    """Entry points by name."""
    return {one.name: one for one in entry_points(group=GROUP)}


def is_own(text: str) -> bool:
    """Whether a policy's or placement's name is that of a function of one's own."""
    return ":" in text or split(text)[0] in installed()


def split(text: str) -> tuple[str, str]:
    """A name and the backfill that goes with it: `mine.py:longest-easy` is `mine.py:longest` and `easy`."""
    name, _, backfill = text.rpartition("-")
    return (name, backfill) if backfill in BACKFILLS and name else (text, "")


def load_policy(text: str) -> Function:
    """The policy or order that a name stands for; UsageError where there is none."""
    name, backfill = split(text)
    found = _found(name)
    role = role_of(found)
    if role not in (CHOOSES, ORDERS):
        raise UsageError(_wrong(name, f"is a {role} function, not a policy", "decorate it with @policy or @order_key"))
    if backfill and role != ORDERS:
        raise UsageError(
            _wrong(name, f"names jobs itself: {backfill} backfill wants an order", "decorate with @order_key")
        )
    return found


def load_place(text: str) -> Function:
    """The placement that a name stands for; UsageError where there is none."""
    found = _found(text)
    if role_of(found) != PLACES:
        raise UsageError(
            _wrong(text, f"is a {role_of(found)} function, not a placement", "decorate it with @placement")
        )
    return found


def _wrong(name: str, told: str, fix: str) -> Fault:
    return Fault("E202", f"{name} {told}", fix=fix)


def _found(text: str) -> Function:
    found = _of_file(text) if ":" in text else _of_package(text)
    if not callable(found):
        raise UsageError(_wrong(text, "is no function", "name a function of a view"))
    if not config.DISABLE_JIT and not hasattr(found, "overloads"):  # type: ignore[attr-defined]
        return policies.policy(found)
    return found


def _of_package(name: str) -> Function:
    known = installed()
    if name not in known:
        here = f"; installed: {', '.join(known)}" if known else ""
        fix = f"a policy's name, FILE.py:function, or an entry point of {GROUP}{here}"
        raise UsageError(Fault("E202", f'"{name}" is no policy', fix=fix))
    try:
        found: Function = known[name].load()
    except UsageError:
        raise
    except Exception as error:
        told = f"the installed policy {name} ({known[name].value}) fails: {type(error).__name__}: {error}"
        raise UsageError(Fault("E203", told, fix="mend or reinstall the package that brings it")) from None
    return found


def _of_file(text: str) -> Function:
    path, _, name = text.rpartition(":")
    if not path.endswith(".py") or not name.isidentifier():
        raise UsageError(Fault("E202", f'"{text}" is no policy', fix="a policy's name, or FILE.py:function"))
    if not is_file(Path(path)):
        fix = "check the path: it counts from where the command runs"
        raise UsageError(Fault("E202", f"there is no policy file {path}", fix=fix))
    found: Function | None = getattr(_module(path, Path(path).stat().st_mtime_ns), name, None)
    if not callable(found):
        raise UsageError(Fault("E202", f"no function {name} in the policy file", path, fix="define it there"))
    return found


@cache
def _module(path: str, changed_ns: int) -> ModuleType:
    """The module of a file, read once until it changes."""
    module_name = f"gigacampus_policy_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise UsageError(Fault("E202", "not a Python file", path, fix="name a .py file"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except UsageError:
        raise
    except (Exception, SystemExit) as error:
        line = getattr(error, "lineno", 0) or 0
        told, fix = f"the policy file fails: {type(error).__name__}: {error}", "mend the file; Python alone runs it too"
        raise UsageError(Fault("E203", told, path, line, fix=fix)) from None
    return module
