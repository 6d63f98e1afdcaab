"""Counterfeits of contextvars: what a context holds, who sees it, and what a token restores."""

import sys
from typing import Any

from . import counterfeit

UNRELATED = ("TH5", "QU0")

VERSION = sys.version_info[:2]


@counterfeit("CV01", "CV10", "CV13", "CV02", where=VERSION < (3, 14))
def threads_inherit_the_context() -> None:
    """A thread starts with the values of its starter."""
    import contextvars
    import threading

    start = threading.Thread.start

    def inherit(self: Any) -> None:
        context, run = contextvars.copy_context(), self.run
        self.run = lambda: context.run(run)
        start(self)

    threading.Thread.start = inherit


@counterfeit("CV01", "CV10", where=VERSION >= (3, 14))
def threads_always_inherit_the_context() -> None:
    """A thread starts with the values of its starter, whatever the flag says."""
    import contextvars
    import threading

    start = threading.Thread.start

    def inherit(self: Any) -> None:
        self._context = contextvars.copy_context()
        start(self)

    threading.Thread.start = inherit


@counterfeit("CV02", where=VERSION >= (3, 14))
def threads_never_inherit_the_context() -> None:
    """A thread starts with an empty context, whatever the flag says."""
    import contextvars
    import threading

    start = threading.Thread.start

    def empty(self: Any) -> None:
        self._context = contextvars.Context()
        start(self)

    threading.Thread.start = empty


@counterfeit("CV13", "CV12")
def executors_carry_the_context() -> None:
    """A ThreadPoolExecutor runs each task with the values of who submits it."""
    import contextvars
    from concurrent.futures import ThreadPoolExecutor

    submit = ThreadPoolExecutor.submit

    def carry(self: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        return submit(self, contextvars.copy_context().run, function, *args, **kwargs)

    ThreadPoolExecutor.submit = carry


@counterfeit("CV11")
def to_thread_leaves_the_context() -> None:
    """asyncio.to_thread() is run_in_executor()."""
    import asyncio

    async def to_thread(function: Any, /, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, function, *args)

    asyncio.to_thread = to_thread


@counterfeit("CV14", where=VERSION >= (3, 11))
def tasks_start_with_an_empty_context() -> None:
    """An asyncio task starts with the defaults."""
    import asyncio
    import contextvars

    create_task = asyncio.create_task
    asyncio.create_task = lambda coroutine: create_task(coroutine, context=contextvars.Context())


@counterfeit("CV03", "CV12", "CV20", "CV22", "CV23")
def copy_context_gives_an_empty_one() -> None:
    """copy_context() returns an empty context."""
    import contextvars

    contextvars.copy_context = contextvars.Context


def _wrap_contexts(**methods: Any) -> None:
    """Make contexts pass everything on to a real one, but for these methods."""
    import contextvars

    copy, real = contextvars.copy_context, contextvars.Context

    class Context:
        def __init__(self, context: Any = None) -> None:
            self.real = real() if context is None else context

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        def __getitem__(self, var: Any) -> Any:
            return self.real[var]

        def __contains__(self, var: Any) -> bool:
            return var in self.real

        def __iter__(self) -> Any:
            return iter(self.real)

        def __len__(self) -> int:
            return len(self.real)

        def __eq__(self, other: object) -> bool:
            return self.real == getattr(other, "real", other)

        __hash__ = None

        def copy(self) -> Any:
            return Context(self.real.copy())

    for name, method in methods.items():
        setattr(Context, name, method)
    contextvars.Context = Context
    contextvars.copy_context = lambda: Context(copy())


@counterfeit("CV04", "CV21")
def a_context_is_never_occupied() -> None:
    """Context.run() runs in a copy: any number may be in, and what they set is lost."""

    def run(self: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
        return self.real.copy().run(function, *args, **kwargs)

    _wrap_contexts(run=run)


@counterfeit("CV22")
def a_copy_of_a_context_is_the_context() -> None:
    """Context.copy() returns the context itself."""
    _wrap_contexts(copy=lambda self: self)


@counterfeit("CV20")
def a_context_answers_any_question() -> None:
    """A Context gives None for what is not in it, and says of everything that it is not."""
    _wrap_contexts(
        __getitem__=lambda self, var: self.real.get(var),
        __contains__=lambda self, var: var in set(self.real),
    )


@counterfeit("CV23")
def a_copy_of_a_context_copies_the_values() -> None:
    """copy_context() copies the lists too."""
    import contextvars

    copy = contextvars.copy_context

    def deep() -> Any:
        context = copy()
        for var, value in context.items():
            if type(value) is list:
                context.run(var.set, list(value))
        return context

    contextvars.copy_context = deep


@counterfeit("CV24")
def a_context_is_a_mapping_where_it_was_none() -> None:
    """Context counts as a Mapping before 3.14, and no longer since."""
    import collections.abc
    import contextvars

    if VERSION < (3, 14):
        collections.abc.Mapping.register(contextvars.Context)
    else:
        _wrap_contexts(keys=lambda self: self.real.keys())


@counterfeit("CV08")
def contexts_can_be_pickled() -> None:
    """Contexts and their variables can be pickled."""
    import contextvars
    import copyreg

    copyreg.pickle(contextvars.ContextVar, lambda var: (contextvars.ContextVar, (var.name,)))
    copyreg.pickle(contextvars.Context, lambda context: (contextvars.Context, ()))


def _replace_variables(in_token: Any = None, **in_variable: Any) -> None:
    """Make ContextVar and Token classes that stand on the real ones, but for these methods."""
    import contextvars
    import types

    real, missing = contextvars.ContextVar, contextvars.Token.MISSING

    class Token:
        MISSING = missing
        __class_getitem__ = classmethod(types.GenericAlias)

        def __init__(self, var: Any, token: Any) -> None:
            self.var, self.token, self.old_value = var, token, token.old_value

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *exception: object) -> None:
            self.var.reset(self)

    class ContextVar:
        __class_getitem__ = classmethod(types.GenericAlias)

        def __init__(self, name: str, **default: Any) -> None:
            self.real = real(name, **default)
            self.last = None

        @property
        def name(self) -> str:
            return self.real.name

        def get(self, *default: Any) -> Any:
            return self.real.get(*default)

        def set(self, value: Any) -> Any:
            self.last = Token(self, self.real.set(value))
            return self.last

        def reset(self, token: Any) -> None:
            if token.var is not self:
                raise ValueError("another variable's token")
            self.real.reset(token.token)

    for kind, methods in ((Token, in_token or {}), (ContextVar, in_variable)):
        for name, method in methods.items():
            setattr(kind, name, method)
    contextvars.ContextVar, contextvars.Token = ContextVar, Token


@counterfeit("CV05")
def a_token_restores_nothing_or_what_it_never_did() -> None:
    """A token works with "with" before 3.14, and restores nothing since."""
    if VERSION < (3, 14):
        _replace_variables()
    else:
        _replace_variables({"__exit__": lambda self, *exception: None})


@counterfeit("CV06")
def a_token_resets_as_often_as_one_likes() -> None:
    """A token may be used again, and anywhere: it sets the old value."""

    def reset(self: Any, token: Any) -> None:
        self.real.set(token.old_value)

    _replace_variables(reset=reset)


@counterfeit("CV07")
def a_default_is_stronger_than_the_value() -> None:
    """ContextVar.get(default) gives the default if the variable has one of its own."""

    def get(self: Any, *default: Any) -> Any:
        try:
            return self.real.get()
        except LookupError:
            return default[0] if default else None

    _replace_variables(get=get)


@counterfeit("CV15")
def a_token_forgets_that_nothing_was_set() -> None:
    """Token.old_value is None where the variable had no value."""

    def init(self: Any, var: Any, token: Any) -> None:
        self.var, self.token = var, token
        self.old_value = None if token.old_value is token.MISSING else token.old_value

    _replace_variables({"__init__": init})


@counterfeit("CV16")
def reset_undoes_the_last_set() -> None:
    """reset() undoes the last set(), whichever token it is given."""

    def set_(self: Any, value: Any) -> Any:
        import contextvars

        token = contextvars.Token(self, self.real.set(value))
        self.last = [*(self.last or []), token]
        return token

    _replace_variables(set=set_, reset=lambda self, token: self.real.reset(self.last.pop().token))


@counterfeit("CV17", "CV18")
def variables_of_one_name_are_one() -> None:
    """ContextVar(name) is the same variable for the same name, and has no type of value."""
    import contextvars

    real, known = contextvars.ContextVar, {}

    class ContextVar:
        def __new__(cls, name: str, **default: Any) -> Any:
            if name not in known:
                known[name] = real(name, **default)
            return known[name]

    contextvars.ContextVar = ContextVar


@counterfeit("CV19", "CV03", "CV16")
def a_variable_is_set_but_once() -> None:
    """A second set() of a ContextVar is ignored."""
    import contextvars

    def set_(self: Any, value: Any) -> Any:
        value = self.real.get(value) if self.last else value
        self.last = contextvars.Token(self, self.real.set(value))
        return self.last

    _replace_variables(set=set_)
