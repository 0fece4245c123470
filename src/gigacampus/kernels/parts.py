"""How a kernel's parts are compiled: once each, and turned into machine code within the kernels that call them.

Numba optimises and emits every function with all that it calls, and does it again in each of its callers: a part that
is called through six others is optimised seven times. Here a part is kept as it was written, and a kernel takes in
all that it reaches, each once, before it is optimised.

This goes by numba's inner doors, which it may change: releases that the tests have not been run with compile as numba
does by itself, which takes longer and gives the same.
"""

# numba's own types are unknown here
# mypy: disable-error-code="no-untyped-call, attr-defined, call-arg"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import llvmlite.binding as llvm
import numba
from numba.core.caching import CompileResultCacheImpl
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, CompileResult
from numba.core.environment import Environment, lookup_environment

KNOWN = ((0, 68),)
"""Releases of numba whose inner doors are these."""
IS_KNOWN = numba.version_info.short in KNOWN
MANGLED = "_ZN"
"""How numba begins the names of functions that it compiles."""
ENVIRONMENT = f"{MANGLED}08NumbaEnv"
"""The same of the global that points to a function's constants."""


class Silent:
    """The code generator of what has no machine code: there is no global to point to a function's constants yet."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """The kernels that call it will."""


class Part(JITCodeLibrary):
    """The code of a part: neither optimised nor emitted."""

    @property
    def codegen(self) -> Any:
        """What a function's constants are told to."""
        return Silent(self._codegen)

    def finalize(self) -> None:
        """Let others link it."""
        self._raise_if_finalized()
        self._finalize_dynamic_globals()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """None: it has no machine code."""
        self._ensure_finalized()
        return 0

    def own(self) -> Any:
        """The module of this part alone."""
        self._ensure_finalized()
        return self._final_module

    def _get_module_for_linking(self) -> Any:
        """The part with all that it calls, for the disk, and for callers that are no kernels of ours."""
        if self._shared_module is None:
            self._shared_module = self.own().clone()
            take_in(self._shared_module, list(reached(self)))
        return self._shared_module


def reached(library: Any) -> Iterator[Any]:
    """The libraries that a library's code calls, parts of parts included, each once."""
    seen, todo = {library}, list(library._linking_libraries)
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            yield one
            if isinstance(one, Part):
                todo.extend(one._linking_libraries)


def code_of(library: Any) -> Any:
    """What a kernel takes in of a library that it reaches."""
    return library.own() if isinstance(library, Part) else library._get_module_for_linking()


def take_in(module: Any, libraries: list[Any]) -> None:
    """Link them into a module until it calls nothing of theirs that it does not hold.

    LLVM takes only what is called already when it links a library, so that the order of libraries would matter.
    """
    for one in libraries:
        module.link_in(code_of(one), preserve=True)
    while called := {one.name for one in module.functions if one.is_declaration and one.name.startswith(MANGLED)}:
        givers = [
            one for one in libraries if any(f.name in called for f in code_of(one).functions if not f.is_declaration)
        ]
        if not givers:
            return
        for one in givers:
            module.link_in(code_of(one), preserve=True)


class Whole(JITCodeLibrary):
    """The code of a kernel with all its parts."""

    def finalize(self) -> None:
        """Take in the parts, optimise, emit."""
        libraries = list(reached(self))
        for one in libraries:
            self._reload_init.update(one._reload_init)
        take_in(self._final_module, libraries)
        self._linking_libraries = []
        super().finalize()
        for name, environment in environments(self._final_module):
            self._codegen.set_env(name, environment)


def environments(module: Any) -> Iterator[tuple[str, Environment]]:
    """The constants of the functions in a module, by the name of the global that points to them."""
    for one in module.global_variables:
        if one.name.startswith(ENVIRONMENT):
            found = lookup_environment(one.name)
            if found is not None:
                yield one.name, found


class WholeCompiler(Compiler):
    """Numba's own passes; the code goes into a `Whole`."""

    library: Any = Whole

    def define_pipelines(self) -> Any:
        """The passes."""
        state = self.state
        if state.library is None:
            state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        return super().define_pipelines()


class PartCompiler(WholeCompiler):
    """The same; the code goes into a `Part`."""

    library = Part


class KeptParts(CompileResultCacheImpl):
    """What is kept of a part: its code as LLVM takes it, with all that it calls."""

    def reduce(self, made: Any) -> Any:
        """What goes to disk."""
        module = made.library._get_module_for_linking()
        made.fndesc.typemap = made.fndesc.calltypes = None
        known = tuple(one for _, one in environments(module) if one.can_cache())
        told = (made.fndesc, made.environment, made.signature, made.reload_init)
        return made.library.name, module.as_bitcode(), *told, known

    def rebuild(self, context: Any, kept: Any) -> Any:
        """The part again."""
        name, code, described, environment, signature, begins, known = kept
        for begin in begins:
            begin()
        library = Part(context.codegen(), name)
        library._final_module = llvm.parse_bitcode(code)
        library._finalized = True
        return CompileResult(
            target_context=context, typing_context=context.typing_context, library=library, environment=environment,
            entry_point=context.get_executable(library, described, environment), fndesc=described, type_annotation="",
            signature=signature, objectmode=False, lifted=(), typing_error=None, call_helper=None, metadata=None,
            reload_init=begins, referenced_envs=known,
        )  # fmt: skip
