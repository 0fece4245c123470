"""The one decorator that holds all numba flags, and where compiled code is kept.

Numba notices a change in a function's own file only; a cached caller of a changed helper would keep its old code.
So each module's compiled code lives in a folder named by a digest of its source and of all sources of ours that it
uses.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property, update_wrapper
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from numba import config, njit
from numba.core import event
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys
from numba.core.typeinfer import register_dispatcher
from numba.core.types import unliteral

from gigacampus.kernels import told
from gigacampus.kernels.parts import IS_KNOWN, KeptParts, PartCompiler, WholeCompiler

F = TypeVar("F", bound=Callable[..., Any])
DOORLESS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
DAMAGE = (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, ImportError, LookupError)
"""What reading half a pickle, or an empty one, ends in."""


class _Listener(event.Listener):
    """Numba says when it compiles; loading from disk is no compilation."""

    def on_start(self, event: Any) -> None:
        """Tell whoever asked."""
        told.compiling()

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


event.register("numba:compile", _Listener())  # type: ignore[no-untyped-call]


class _Kept(FunctionCache):
    """Compiled code on disk, never needed: where it cannot be read or kept, a kernel is compiled and serves as well."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code of a signature; None where there is none, or where a power cut or a full disk left half of it.

        Numba would import all that it knows how to compile first, SciPy with it where there is one: half a warm start,
        and a compilation does that by itself.
        """
        rtsys.initialize(target_context)  # what loaded code calls
        try:
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except OSError:
            return None
        except DAMAGE:
            with contextlib.suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep it; not where the disk is full or may not be written."""
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


class _KeptPart(_Kept):
    """The same for parts of kernels."""

    _impl_class: Any = KeptParts


def kernel(function: F) -> F:
    """Compile a kernel: cached on disk, releasing the GIL, no fastmath, no threads of its own."""
    return cast(F, _compiled(function))


def part(function: F) -> F:
    """Compile a part of a kernel, always inlined: a call with dozens of pointers costs more than most parts do."""
    return cast(F, _compiled(function, forceinline=True))


def _compiled(function: Callable[..., Any], **flags: Any) -> Any:
    return Kernel(function, flags) if _compiles() else function


class Kernel:
    """A function as Python calls it and, apart, as kernels call it: without the doors by which Python and C enter.

    Those are two more functions that unpack every array of every argument, a third of the time in which a large
    kernel was compiled; its parts need none. Numba learns of a kernel when it is first called or compiled into
    another: most of those that a command imports it never calls.
    """

    def __init__(self, function: Callable[..., Any], flags: dict[str, Any]) -> None:
        update_wrapper(self, function)
        self.function, self.flags = function, flags

    @cached_property
    def compiled(self) -> Any:
        """The kernel as numba knows it."""

        @cache
        def inside() -> Any:
            return _kept(self.function, "parts", **self.flags, **DOORLESS)

        return _once(_kept(self.function, **self.flags), inside)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call it."""
        return self.compiled(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        """What numba and tests ask of a kernel."""
        if name.startswith("__") or name == "compiled":
            raise AttributeError(name)
        return getattr(self.compiled, name)

    def __reduce__(self) -> str:
        """Its name, for processes that import it."""
        return self.function.__qualname__

    @property
    def _numba_type_(self) -> Any:
        return self.compiled._numba_type_


def _kept(function: Callable[..., Any], kind: str = "", **flags: Any) -> Any:
    """A function as numba knows it, its code kept on disk."""
    if IS_KNOWN:
        flags["pipeline_class"] = PartCompiler if kind else WholeCompiler
    compiled: Any = njit(nogil=True, **flags)(function)
    with cached_in(function, kind) as folder, contextlib.suppress(RuntimeError):  # no folder may be written
        found = (_KeptPart if kind and IS_KNOWN else _Kept)(function)  # type: ignore[no-untyped-call]
        if Path(found.cache_path).is_relative_to(folder):  # numba's other places know nothing of the digest
            compiled._cache = found  # what `cache=True` sets, but for the class
    return compiled


def of_one_type(function: Callable[..., Any], signature: Any, **flags: Any) -> Any:
    """A function compiled for one signature and no other, at once; its code kept on disk."""
    compiled = _kept(function, **flags)
    with register_dispatcher(compiled):  # as numba does, so that a function may call itself
        compiled.compile(signature)
        compiled.disable_compile()
    return compiled


class Typed:
    """A kernel of one signature, compiled when it is first called or handed to another: no import compiles anything."""

    def __init__(self, function: Callable[..., Any], signature: Any) -> None:
        update_wrapper(self, function)
        self.function, self.signature = function, signature

    @cached_property
    def compiled(self) -> Any:
        """The kernel as numba knows it."""
        return of_one_type(self.function, self.signature)

    def __call__(self, *arguments: Any) -> Any:
        """Call it; kernels among the arguments are compiled as well."""
        return self.compiled(*map(ready, arguments))


def ready(function: Any) -> Any:
    """A kernel of one signature, compiled; anything else as it is. For callers that watch the clock afterwards."""
    return function.compiled if isinstance(function, Typed) else function


def as_part(function: Any) -> Any:
    """A kernel of one signature as a part of other kernels, which would else call it by its address."""
    return kernel(function.function) if isinstance(function, Typed) else function


def typed(signature: Any) -> Callable[[F], F]:
    """The same for one signature only: for kernels that take a function of fixed type."""

    def compile_it(function: F) -> F:
        return cast(F, Typed(function, signature)) if _compiles() else function

    return compile_it


def _once(compiled: Any, inside: Callable[[], Any]) -> Any:
    """Let kernels that call this one be given what there is, else the code `inside`; and one for all integers.

    Numba takes `f(x, 0)`, `f(x, 1)` and `f(x, y)` for three types of call, and so on through all that `f` calls.
    """
    plain: Callable[[Any], Any] = unliteral
    whole_template, whole_overload = compiled.get_call_template, compiled.get_overload

    def is_there(kinds: Any) -> bool:
        return tuple(kinds) in compiled.overloads

    def get_call_template(args: Any, kws: Any) -> Any:
        kinds, named = tuple(map(plain, args)), {name: plain(kind) for name, kind in kws.items()}
        return (whole_template if is_there(kinds) else inside().get_call_template)(kinds, named)

    def get_overload(kinds: Any) -> Any:
        return (whole_overload if is_there(kinds) else inside().get_overload)(kinds)

    compiled.get_call_template, compiled.get_overload, compiled.inside = get_call_template, get_overload, inside
    return compiled


def _compiles() -> bool:
    settings: Any = config
    return not settings.DISABLE_JIT


@contextmanager
def cached_in(function: Callable[..., Any], kind: str = "") -> Iterator[Path]:
    """Let numba keep a function's code in the folder of its sources' digest, apart for each kind of code."""
    settings: Any = config
    before = settings.CACHE_DIR
    folder = cache_root() / kind / _digest(function)
    settings.CACHE_DIR = str(folder)
    try:
        yield folder
    finally:
        settings.CACHE_DIR = before


@cache
def cache_root() -> Path:
    """Where compiled kernels are kept: `$NUMBA_CACHE_DIR`, else the user's cache folder, else a temporary one."""
    wanted = [os.environ.get("NUMBA_CACHE_DIR", "")]
    wanted.append(str(Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "gigacampus"))
    wanted.append(str(Path(tempfile.gettempdir()) / f"gigacampus-{os.getuid() if hasattr(os, 'getuid') else 0}"))
    for one in filter(None, wanted):
        try:
            Path(one).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(one, os.W_OK):
            return Path(one)
    return Path(wanted[-1])


def _digest(function: Callable[..., Any]) -> str:
    """Digest of the sources that a function's module is made of, helpers of ours included."""
    module = function.__module__
    return _digest_of_ours(module) if module.startswith("gigacampus.") else _hashed(_reached(function.__globals__))


@cache
def _digest_of_ours(module: str) -> str:
    """The same for a module of ours, whose helpers are imported before its kernels."""
    return _hashed({module, *_reached(vars(sys.modules[module]))})


def _hashed(modules: set[str]) -> str:
    digest = hashlib.blake2b(digest_size=10)
    for name in sorted(modules):
        digest.update(_source(name))
    return digest.hexdigest()


def _reached(names: dict[str, Any]) -> set[str]:
    """The modules of ours that names come from, whatever their depth."""
    found: set[str] = set()
    todo = [names]
    while todo:
        for value in todo.pop().values():
            module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            if isinstance(module, str) and module.startswith("gigacampus.") and module not in found:
                found.add(module)
                todo.append(vars(sys.modules[module]))
    return found


@cache
def _source(name: str) -> bytes:
    path = getattr(sys.modules.get(name), "__file__", None)
    return Path(path).read_bytes() if path else b""
