"""The first errors with async and await: what the message means, and what to write instead.

Each program is a text, since Python refuses some when it reads them.

Source: https://docs.python.org/3/reference/expressions.html#await ;
https://docs.python.org/3/reference/compound_stmts.html#coroutines
"""

import asyncio
import contextlib
import threading
import types
import warnings

from tests.harness import PYPY, before, cases, claim, outcome, predicts, refuted, since
from tests.library.asyncio.running import collect, has_groups, outcome_of, own_loop, run

every_spec = [own_loop]

DEFINITIONS = """
async def read():
    return [1, 2]

async def numbers():
    yield 1
"""


def last_line_of(program):
    """Run a text that ends with main(), and return the last line of what a user sees."""
    space = {"asyncio": asyncio, "lock": threading.Lock()}
    try:
        code = compile(DEFINITIONS + program, "program.py", "exec")
        exec(code, space)  # noqa: S102 - a text of this file
        run(space["main"])
    except SyntaxError as error:
        return f"SyntaxError: {error.msg}"
    except (TypeError, AttributeError, RuntimeError) as error:
        error.with_traceback(None)  # else it keeps what was not awaited alive
        return f"{type(error).__name__}: {error}"
    return ""


def error_of(program):
    """Return what last_line_of() does, without the warnings of what was never awaited."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = last_line_of(program)
        if PYPY:  # it frees that, with the warning, when it collects
            collect()
    return shown


def in_main(line):
    """Return a program whose coroutine function has this line as its body."""
    return f"async def main():\n    {line}\n"


@claim("AWAIT01")
@cases(
    program={
        "await at the top": ("await read()", "'await' outside function"),
        "await": ("def main():\n    await read()", "'await' outside async function"),
        "async with": ("async with lock:\n    pass", "'async with' outside async function"),
        "async for": (
            "def main():\n    async for one in numbers():\n        pass",
            "'async for' outside async function",
        ),
        "comprehension": (
            "def main():\n    return [one async for one in numbers()]",
            "asynchronous comprehension outside of an asynchronous function",
        ),
    }
)
def test_await_stands_in_a_coroutine_function_only(program, evidence):
    """await, async with and async for are allowed only inside an async def: else SyntaxError.

    "SyntaxError: 'await' outside function" at a module's top level, and "SyntaxError: 'await'
    outside async function" in a plain def; likewise "SyntaxError: 'async with' outside async
    function".  Nothing of the file runs.  A notebook, and `python -m asyncio`, take await at the
    top, so code from there breaks in a file.  Instead: async def main(), and asyncio.run(main()).
    """
    text, message = program
    assert evidence(raised=error_of(text)) == f"SyntaxError: {message}"


@claim("AWAIT02")
@cases(
    line={
        "for": ("[one for one in read()]", "TypeError: 'coroutine' object is not iterable"),
        "index": ("read()[0]", "TypeError: 'coroutine' object is not subscriptable"),
        "+": (
            "read() + [3]",
            "TypeError: unsupported operand type(s) for +: 'coroutine' and 'list'",
        ),
        "attribute": (
            "read().sort()",
            "AttributeError: 'coroutine' object has no attribute 'sort'",
        ),
        "__init__": (
            "type('Reader', (), {'__init__': staticmethod(read)})()",
            "TypeError: __init__() should return None",
        ),
    }
)
def test_a_call_without_await_gives_no_value(line, evidence):
    """The call of an async function, without await, gives a coroutine, which is not the value.

    So "TypeError: 'coroutine' object is not iterable", "TypeError: 'coroutine' object is not
    subscriptable" or "AttributeError: 'coroutine' object has no attribute ...", and the warning
    "coroutine 'read' was never awaited": nothing of the function has run.  Instead: await
    the call in parentheses, (await read())[0].  A constructor cannot be async or await: "TypeError:
    __init__() should return None, not 'coroutine'".  Instead: an async function that makes it.
    """
    text, message = line
    assert evidence(raised=error_of(in_main(text))).startswith(message)


@claim("AWAIT03")
@cases(
    line={
        "None": ("await print(end='')", "NoneType"),
        "a function": ("await read", "function"),
        "an async generator": ("await numbers()", "async_generator"),
    }
)
def test_await_takes_no_plain_value(line, evidence):
    """await refuses what is not awaitable: None, a function without (), an async generator.

    Up to 3.13 "TypeError: object NoneType can't be used in 'await' expression", since 3.14
    "TypeError: 'NoneType' object can't be awaited".  The function was a plain def, or one that
    returns nothing.  Instead: drop the await; write `await read()`, not `await read`; use async
    for with an async generator.
    """
    text, kind = line
    older = f"TypeError: object {kind} can't be used in 'await' expression"
    newer = f"TypeError: '{kind}' object can't be awaited"
    message = newer if since("3.14.0") and not PYPY else older
    assert evidence(raised=error_of(in_main(text))) == message


@claim("AWAIT04")
@cases(
    line={
        "for": ("for one in numbers(): pass", "'async_generator' object is not iterable"),
        "async for": (
            "async for one in [1, 2]: pass",
            "'async for' requires an object with __aiter__ method, got list",
        ),
        "async for, coroutine": (
            "async for one in read(): pass",
            "'async for' requires an object with __aiter__ method, got coroutine",
        ),
    }
)
def test_each_for_takes_its_own_kind(line, evidence):
    """for refuses an async generator, and async for refuses a list or a coroutine: TypeError.

    "TypeError: 'async_generator' object is not iterable": write async for, or `[one async for one
    in numbers()]`; list() takes none.  "TypeError: 'async for' requires an object with __aiter__
    method, got list": write for.  For what a coroutine returns: `for one in await read()`.
    """
    text, message = line
    assert evidence(raised=error_of(in_main(text))) == f"TypeError: {message}"


@claim("AWAIT05")
@cases(call=("run", "create_task"))
def test_a_function_without_parentheses_is_refused(call, evidence):
    """asyncio.run(main), without the parentheses, raises and runs nothing; create_task(main) too.

    Up to 3.13 "ValueError: a coroutine was expected, got <function ...main at 0x...>"; from 3.14 on
    run() raises "TypeError: An asyncio.Future, a coroutine or an awaitable is required".
    create_task(main) raises "TypeError: a coroutine was expected, got ..." always.  threading's
    target=main is written without, so the habit is natural.  Instead: asyncio.run(main()).
    """
    ran = []

    async def main():
        ran.append(1)

    async def create():
        return asyncio.create_task(main)

    error = outcome(asyncio.run, main) if call == "run" else outcome(run, create)
    assert evidence(raised=error, ran=ran) == (error, [])
    newer = since("3.14.0") and not PYPY
    kind = ValueError if call == "run" and not newer else TypeError
    text = f"a coroutine was expected, got {main!r}"
    if call == "run" and newer:
        text = "An asyncio.Future, a coroutine or an awaitable is required"
    assert (type(error), str(error)) == (kind, text)


@claim("AWAIT06")
def test_async_with_takes_no_lock_of_threads(evidence):
    """`async with` on a threading.Lock raises, and does not take the lock.

    "TypeError: '_thread.lock' object does not support the asynchronous context manager protocol"
    (in 3.10 "AttributeError: __aenter__"); since 3.14 it goes on "Did you mean to use 'with'?".
    Instead: asyncio.Lock() between tasks; a plain `with lock`, held for a moment and without an
    await inside, between threads.
    """
    newer = "'_thread.lock' object does not support the asynchronous context manager protocol"
    message = f"TypeError: {newer}" if since("3.11.0") else "AttributeError: __aenter__"
    assert evidence(raised=error_of(in_main("async with lock: pass"))).startswith(message)


@claim("AWAIT07")
@cases(kind=("Task", "Future"))
@refuted(
    because="result() does not wait: it raises while the task runs", by=asyncio.InvalidStateError
)
def test_result_waits_for_a_task(kind, evidence):
    """task.result() waits until the task is done, as that of an executor's Future does.

    "asyncio.exceptions.InvalidStateError: Result is not set." (or "Result is not ready."); from
    exception() "Exception is not set.".  A loop that waited would never run the task.  Instead:
    `await task`; result() is for tasks that are done, such as those that asyncio.wait() returns.
    """

    async def answer():
        return 42

    async def main():
        loop = asyncio.get_running_loop()
        one = loop.create_task(answer()) if kind == "Task" else loop.create_future()
        if kind == "Future":
            loop.call_soon(one.set_result, 42)
        told = outcome(one.result)
        evidence(exception=outcome(one.exception), awaited=await one)
        return told

    told = evidence(result=run(main))
    if isinstance(told, Exception):
        raise told
    assert told == 42


@claim("AWAIT08")
@cases(what=("coroutine", "task", "nothing"))
def test_wait_takes_several_tasks(what, evidence):
    """asyncio.wait() refuses a single coroutine or task, and an empty list.

    "TypeError: expect a list of futures, not coroutine" and "ValueError: Set of Tasks/Futures is
    empty." (in 3.10 "Set of coroutines/Futures is empty.").  gather() of nothing returns
    [].  Instead: wait([task]) of tasks, and `if tasks:` before it.
    """

    async def main():
        coroutine = asyncio.sleep(0)
        one = asyncio.create_task(coroutine) if what == "task" else coroutine
        error = await outcome_of(asyncio.wait([] if what == "nothing" else one))
        await one
        return error

    empty = "Tasks" if since("3.11.0") else "coroutines"
    expected = {
        "coroutine": "TypeError('expect a list of futures, not coroutine')",
        "task": "TypeError('expect a list of futures, not Task')",
        "nothing": f"ValueError('Set of {empty}/Futures is empty.')",
    }
    assert repr(evidence(raised=run(main))) == expected[what]


@claim("AWAIT09")
@has_groups
@cases(when=("before", "twice"))
def test_a_group_takes_tasks_inside_async_with_only(when, evidence):
    """A TaskGroup takes tasks inside its `async with` only, and can be entered once.

    Before, create_task() raises "RuntimeError: TaskGroup <TaskGroup> has not been entered"; a
    second `async with` of the same group raises "RuntimeError: TaskGroup <TaskGroup entered> has
    already been entered" (before 3.11.7 and 3.12.1 "has been already entered").  Instead: a new
    TaskGroup() for each `async with`.
    """

    async def main():
        group = asyncio.TaskGroup()
        if when == "before":
            coroutine = asyncio.sleep(0)
            error = outcome(group.create_task, coroutine)
            coroutine.close()
            return error
        async with group:
            pass
        return await outcome_of(group.__aenter__())

    twice = "already been" if since("3.11.7", "3.12.1") else "been already"
    expected = {
        "before": "RuntimeError('TaskGroup <TaskGroup> has not been entered')",
        "twice": f"RuntimeError('TaskGroup <TaskGroup entered> has {twice} entered')",
    }
    assert repr(evidence(raised=run(main))) == expected[when]


CLOSED_AT_A_YIELD = """
async def lines():
    try:
        yield "first"
    finally:
        yield "last"

async def main():
    generator = lines()
    await generator.__anext__()
    await generator.aclose()
"""


@claim("AWAIT10")
def test_a_generator_that_is_closed_must_not_yield(evidence):
    """An async generator that yields while it is closed raises from aclose().

    "RuntimeError: async generator ignored GeneratorExit".  A yield in finally, or in an except that
    catches everything, does it; asyncio.run() closes what was left open, and says so through the
    loop's exception handler.  Instead: no yield in finally, and `except Exception`, not a bare
    except, around a yield.
    """
    raised = evidence(raised=error_of(CLOSED_AT_A_YIELD))
    assert raised == "RuntimeError: async generator ignored GeneratorExit"


@claim("AWAIT11")
@predicts("N129")
@refuted(
    where=before("3.15.0"), because="3.15 made it hold until the coroutine has ended (gh-125862)"
)
def test_a_context_manager_decorates_an_async_function(evidence):
    """@section(), of contextlib.contextmanager, holds while the async function it decorates runs.

    Before 3.15 it is entered and left when the coroutine is made, before anything of it runs: a
    lock, a timer or a span covers nothing.  Instead: `with section():` in the function.
    """
    seen = []

    @contextlib.contextmanager
    def section():
        seen.append("enter")
        yield
        seen.append("exit")

    @section()
    async def work():
        seen.append("work")

    run(work)
    assert evidence(order=seen) == ["enter", "work", "exit"]


@types.coroutine
def checkpoint():
    """Wait as another framework does, by a word that its own loop understands."""
    yield "a word of another loop"


@claim("AWAIT12")
@predicts("N172")
def test_an_await_of_another_framework_is_refused(evidence):
    """An await that belongs to another framework raises RuntimeError: Task got bad yield.

    "RuntimeError: Task got bad yield: ..." says what asyncio was given: each loop has its own words
    for waiting.  So trio.sleep(), and whatever else trio, curio or an old Tornado awaits, fails
    under asyncio.run(), as asyncio.sleep() does under trio.run(), which says "trio.run received
    unrecognized yield message".  Instead: one framework per loop; in a library write for anyio.
    """

    async def main():
        return await outcome_of(checkpoint())

    error = repr(evidence(raised=run(main)))
    assert error == """RuntimeError("Task got bad yield: 'a word of another loop'")"""
