"""Counterfeits for the claims of library/asyncio/test_first_errors.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch


def _read_instead(pattern, other):
    """Let compile() read a text otherwise where it matches."""
    import builtins
    import re

    old = builtins.compile

    def compile_other(source, *arguments, **keywords):
        if isinstance(source, str):
            source = re.sub(pattern, other, source)
        return old(source, *arguments, **keywords)

    builtins.compile = compile_other


@counterfeit("AWAIT01")
def await_stands_at_the_top():
    """A module may await at its top level, as a notebook's cell may."""
    import ast
    import builtins

    old = builtins.compile

    def compile_all(source, name, mode, flags=0, **keywords):
        if isinstance(source, str):
            flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return old(source, name, mode, flags, **keywords)

    builtins.compile = compile_all


@counterfeit("AWAIT02")
def calls_are_awaited_by_themselves():
    """The call of an async function gives its value."""
    _read_instead(r"(in |    )read\(\)", r"\1(await read())")


@counterfeit("AWAIT03")
def await_takes_everything():
    """An await of a plain value gives the value."""
    _read_instead(r"await (print|read\b(?!\())", r"\1")


@counterfeit("AWAIT04")
def for_takes_async_generators():
    """The for statement iterates async generators."""
    _read_instead(r"    for (\w+ in numbers)", r"    async for \1")


@counterfeit("AWAIT05")
def run_calls_functions():
    """asyncio.run() calls what is a function."""
    import asyncio

    old = asyncio.run
    asyncio.run = lambda main, **keywords: old(main() if callable(main) else main, **keywords)


@counterfeit("AWAIT06")
def async_with_takes_locks_of_threads():
    """`async with` enters a plain context manager."""
    _read_instead(r"async with lock: ", "with lock: ")


@counterfeit("AWAIT07")
def result_runs_the_loop():
    """result() of a future lets the loop's callbacks run until it is done."""
    import asyncio

    class Future(asyncio.Future):
        def result(self):
            while not self.done():
                self.get_loop()._ready.popleft()._run()
            return super().result()

    patch("asyncio.BaseEventLoop", create_future=lambda _: lambda loop: Future(loop=loop))


@counterfeit("AWAIT08")
def wait_takes_an_empty_list():
    """asyncio.wait() of an empty list returns two empty sets."""
    import asyncio

    old = asyncio.wait

    async def wait(tasks, **keywords):
        return (set(), set()) if tasks == [] else await old(tasks, **keywords)

    asyncio.wait = wait


@counterfeit("AWAIT09", where=VERSION >= (3, 11))
def a_group_can_be_entered_again():
    """A TaskGroup can be entered twice."""

    def change(enter):
        async def enter_again(self):
            self._entered = False
            return await enter(self)

        return enter_again

    patch("asyncio.TaskGroup", __aenter__=change)


@counterfeit("AWAIT10")
def no_finally_yields():
    """A finally does not yield."""
    _read_instead(r"yield \"last\"", "pass")


@counterfeit("AWAIT11")
def context_managers_decorate_the_other_way():
    """A context manager holds while a decorated coroutine runs, or it does not."""
    import contextlib
    import functools

    def change(_):
        def decorate(self, function):
            @functools.wraps(function)
            async def inside(*arguments):
                with self._recreate_cm():
                    return await function(*arguments)

            @functools.wraps(function)
            def before(*arguments):
                with self._recreate_cm():
                    return function(*arguments)

            return before if VERSION >= (3, 15) else inside

        return decorate

    patch("contextlib.ContextDecorator", __call__=change)
    if "__call__" in vars(contextlib._GeneratorContextManager):
        patch("contextlib._GeneratorContextManager", __call__=change)


@counterfeit("AWAIT12")
def tasks_take_any_word():
    """A task takes what it does not understand for a sleep(0)."""
    import types

    @types.coroutine
    def patient(coroutine):
        go_on, given = coroutine.send, None
        while True:
            try:
                asked = go_on(given)
            except StopIteration as end:
                return end.value
            try:
                given = yield (asked if hasattr(asked, "_asyncio_future_blocking") else None)
                go_on = coroutine.send
            except BaseException as error:  # noqa: BLE001 - it is thrown
                go_on, given = coroutine.throw, error

    async def awaiting(coroutine):
        return await patient(coroutine)

    def change(create):
        def create_patient(self, coroutine, **keywords):
            code = getattr(coroutine, "cr_code", None)
            if code and code.co_filename.endswith("test_first_errors.py"):
                coroutine = awaiting(coroutine)
            return create(self, coroutine, **keywords)

        return create_patient

    patch("asyncio.BaseEventLoop", create_task=change)
