"""Asynchronous generators: who closes them, who can iterate them, and what a yield gives away.

Source: https://peps.python.org/pep-0525/ ; contextlib.aclosing():
https://docs.python.org/3/library/contextlib.html#contextlib.aclosing
"""

import asyncio
import contextvars
import warnings

from tests.harness import (
    PYPY,
    before,
    cases,
    claim,
    control,
    kinds,
    outcome,
    predicts,
    refuted,
)
from tests.library.asyncio.running import collect, has_groups, outcome_of, own_loop, run, steps

every_spec = [own_loop]

USER = contextvars.ContextVar("USER")


@claim("AGEN01")
@predicts("N20")
def test_a_generator_that_is_left_by_break_is_closed_by_another_task(evidence):
    """Leaving async for by break leaves the generator open: another task closes it later.

    You might expect its finally blocks, and its with statements, to end with the loop.  They run
    when the generator is freed (on PyPy at any later time), or at the end of asyncio.run(), in a
    new task with a context of its own: to reset a context variable there raises "ValueError: <Token
    ...> was created in a different Context".  A return, and an exception in the loop's body, are
    like break.  Instead: async with contextlib.aclosing(numbers()) as generator, around the loop.
    """
    log = []

    async def numbers(consumer, closed):
        token = USER.set("me")
        try:
            yield 1
            yield 2
        finally:
            by_another = asyncio.current_task() not in (None, consumer)
            log.append((by_another, repr(outcome(USER.reset, token))))
            closed.set()

    async def main():
        closed = asyncio.Event()
        async for _ in numbers(asyncio.current_task(), closed):
            break
        collect()
        at_once = list(log)
        await closed.wait()
        return at_once

    at_once = run(main)
    control(len(log) == 1, "the generator is closed once")
    assert evidence(closed_at_once=at_once) == []
    by_another, reset = evidence(closed_later_by_another_task_and_reset=log)[0]
    assert by_another
    assert reset.startswith("ValueError")
    assert "was created in a different Context" in reset


@claim("AGEN02")
@predicts("N21")
def test_two_tasks_cannot_iterate_one_async_generator_at_once(evidence):
    """Two tasks cannot iterate one async generator at the same time: the second gets an exception.

    You might expect each number to go to one of them, as from a queue.  While the generator waits
    for something on behalf of one task, the other gets "RuntimeError: anext(): asynchronous
    generator is already running" (on PyPy without "anext(): "); the first one goes on.  So it has
    been since 3.8.  Instead: let one task iterate, and put what it gets into an asyncio.Queue.
    """

    async def numbers():
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    async def take_all(generator):
        return [number async for number in generator]

    async def main():
        generator = numbers()
        tasks = [asyncio.create_task(take_all(generator)) for _ in range(2)]
        return [await outcome_of(task) for task in tasks]

    first, second = evidence(taken=run(main))
    control(first == [0, 1, 2], "the first task gets all numbers")
    method = "" if PYPY else "anext(): "
    assert repr(second) == f"RuntimeError('{method}asynchronous generator is already running')"


async def fail():
    """Raise an exception."""
    raise ValueError("of the task")


async def numbers_in_a_group():
    """Yield numbers while a task of a group runs, which fails."""
    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        yield 1


async def numbers_in_a_timeout():
    """Yield numbers within a time that is over."""
    async with asyncio.timeout(0):
        yield 1


@claim("AGEN03")
@predicts("N22")
@has_groups
@cases(numbers={"TaskGroup": numbers_in_a_group, "timeout": numbers_in_a_timeout})
def test_a_yield_in_a_group_lets_its_cancellation_hit_the_consumer(numbers, evidence):
    """A yield inside a TaskGroup or asyncio.timeout() delivers their cancellation to the consumer.

    You might expect the group's ExceptionGroup, or TimeoutError.  But what is cancelled is the task
    that has entered the block.  While the generator stands at its yield, that task runs the code of
    the consumer: an await there raises asyncio.CancelledError, though nobody has cancelled the
    task.  If that ends the task, the group's exception is in the log at most, and no TimeoutError
    comes.  So it has been since 3.11; contextlib.aclosing() does not prevent it.  Instead: no yield
    inside of it; let a task fill an asyncio.Queue for the consumer.  (The one yield of a function
    with @asynccontextmanager is the body of a with statement, and may be inside.)
    """

    async def consume(got):
        async for _ in numbers():
            got.append(await outcome_of(steps()))

    async def main():
        got = []
        await outcome_of(asyncio.create_task(consume(got)))
        return got

    assert kinds(evidence(got_by_the_consumer=run(main))) == ["CancelledError"]


async def numbers_of_nobody():
    """Yield a number."""
    yield 1


@claim("AGEN04")
@predicts("N84")
@cases(method=("asend", "athrow", "aclose"))
@refuted(where=before("3.13.0") or PYPY, because="CPython 3.13 added the warning (gh-89091)")
def test_an_asend_that_nobody_awaits_is_warned_about(method, evidence):
    """An asend(), athrow() or aclose() of an async generator warns if nobody awaits it.

    "RuntimeWarning: coroutine method 'aclose' of '...' was never awaited", since 3.13, when what
    the method returned is freed.  Up to 3.12, and on PyPy, nothing is said: generator.aclose()
    without await closes nothing, so finally blocks do not run and connections stay open.  Where
    warnings are errors, tests that passed fail.  Instead: await generator.aclose(), or async with
    contextlib.aclosing(generator).
    """
    arguments = {"asend": [None], "athrow": [ValueError()], "aclose": []}[method]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(numbers_of_nobody(), method)(*arguments)
        collect()
    warned = [f"{one.category.__name__}: {one.message}" for one in caught]
    assert evidence(warned=warned) == [
        f"RuntimeWarning: coroutine method {method!r} of 'numbers_of_nobody' was never awaited"
    ]
