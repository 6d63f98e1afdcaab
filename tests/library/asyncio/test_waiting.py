"""Waiting for several tasks, and not for ever: gather, wait, as_completed, timeouts, groups.

Source: https://docs.python.org/3/library/asyncio-task.html
"""

import asyncio
import weakref

from tests.harness import (
    PATIENCE,
    before,
    cases,
    claim,
    concerns,
    control,
    kinds,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.asyncio.running import (
    collect,
    forever,
    has_groups,
    outcome_of,
    own_loop,
    run,
    steps,
)

every_spec = [own_loop]


async def fail():
    """Raise an exception."""
    raise ValueError("of the task")


async def work():
    """Return a number after some turns of the others."""
    await steps()
    return 42


@claim("TASK30")
def test_gather_lets_the_others_run_on(evidence):
    """gather() raises the first exception at once, and the other awaitables run on.

    asyncio.gather() runs several coroutines at the same time.  If one fails, you might expect it to
    cancel the others, or to wait for them.  They go on unattended, and their own exceptions are
    lost.  To stop all when one fails, use a TaskGroup (since 3.11), which cancels the others and
    waits for them.
    """

    async def main():
        other = asyncio.create_task(work())
        error = await outcome_of(asyncio.gather(fail(), other))
        return repr(error), other.done(), await outcome_of(other)

    assert evidence(raised_other_done_and_later=run(main)) == (
        "ValueError('of the task')",
        False,
        42,
    )


@claim("TASK31")
def test_gather_can_return_exceptions(evidence):
    """gather(return_exceptions=True) waits for all and returns exceptions as results, in order.

    A cancelled one comes as CancelledError.  Nothing is raised, so look at every result.
    """

    async def main():
        cancelled = asyncio.create_task(forever())
        asyncio.get_running_loop().call_soon(cancelled.cancel)
        return await asyncio.gather(work(), fail(), cancelled, return_exceptions=True)

    assert kinds(evidence(results=run(main))) == ["int", "ValueError", "CancelledError"]


@claim("TASK32")
def test_cancelling_gather_cancels_all(evidence):
    """Cancelling who awaits gather() cancels everything that was gathered."""

    async def main():
        tasks = [asyncio.create_task(forever()) for _ in range(2)]
        gathering = asyncio.gather(*tasks)
        await steps()
        gathering.cancel()
        await outcome_of(gathering)
        return [task.cancelled() for task in tasks]

    assert evidence(cancelled=run(main)) == [True, True]


@claim("TASK33")
@has_groups
def test_a_task_group_cancels_the_others(evidence):
    """When a task of a TaskGroup fails, the group cancels its other tasks and waits for them.

    Then it raises: "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)", even for
    one exception.  So `except ValueError` does not catch it; write `except* ValueError`.  That is
    the difference between TaskGroup and asyncio.gather(), which lets the others run on (TASK30).
    It came with 3.11 (before: module 'asyncio' has no attribute 'TaskGroup').
    """

    async def main():
        others = []

        async def grouped():
            async with asyncio.TaskGroup() as group:
                others.append(group.create_task(forever()))
                group.create_task(fail())

        error = await outcome_of(grouped())
        return error, others[0].cancelled()

    error, cancelled = run(main)
    assert evidence(error=f"{type(error).__name__}: {error}", cancelled=cancelled) == (
        "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        True,
    )
    assert evidence(within=repr(error.exceptions)) == "(ValueError('of the task'),)"


LEAVING = """
import asyncio

async def leave():
    raise {kind}(3)

async def wait():
    try:
        await asyncio.Event().wait()
    finally:
        print("the other task is cancelled", flush=True)

async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(wait())
            group.create_task(leave())
    except BaseException as error:
        print("out of the group:", repr(error), flush=True)
        raise

try:
    asyncio.run(main())
except BaseException as error:
    print("out of run():", repr(error), flush=True)
"""


@claim("TASK58")
@has_groups
@cases(kind=("SystemExit", "KeyboardInterrupt"))
def test_sys_exit_in_a_group_is_not_grouped(kind, programs, evidence):
    """sys.exit() in a task of a TaskGroup leaves the group as SystemExit, not in an ExceptionGroup.

    So does KeyboardInterrupt.  It also comes out of asyncio.run() at once; the other tasks are
    cancelled then, and their finally blocks run.
    """
    program = programs.run(LEAVING.format(kind=kind))
    assert evidence(printed=program.lines) == [
        "the other task is cancelled",
        f"out of the group: {kind}(3)",
        f"out of run(): {kind}(3)",
    ]


@claim("TASK34")
@has_groups
@refuted(
    where=before("3.15.0"),
    because="3.15 added TaskGroup.cancel() (gh-108951)",
    by="AttributeError: 'TaskGroup' object has no attribute 'cancel'",
)
def test_a_task_group_can_be_cancelled(evidence):
    """TaskGroup.cancel() cancels the tasks of the group and its body, and no exception comes of it.

    That is how to cancel all tasks in a TaskGroup without an error, since 3.15.  Before, a task of
    the group must raise an exception for that, to be caught outside.
    """

    async def main():
        after, group = [], asyncio.TaskGroup()
        cancel = group.cancel
        async with group:
            task = group.create_task(forever())
            await steps()
            cancel()
            await steps()
            after.append("the body goes on")
        return task.cancelled(), after

    assert evidence(cancelled_and_after=run(main)) == (True, [])


@claim("TASK35")
def test_wait_does_not_raise_and_does_not_cancel(evidence):
    """asyncio.wait() raises neither a task's exception nor TimeoutError, and cancels nothing.

    The difference between asyncio.wait(), gather() and as_completed(): wait() returns (done,
    pending), gather() the results, or the first exception, and as_completed() one after another.
    To wait for the first task to complete and to cancel the others: wait(tasks,
    return_when=FIRST_COMPLETED), then task.cancel() for each of the pending ones.  After a timeout
    of wait(), too, the pending tasks go on: cancel them yourself; and ask each done task for its
    result(), or its exception is lost.
    """

    async def main():
        failed, pending = asyncio.create_task(fail()), asyncio.create_task(forever())
        returned = await outcome_of(asyncio.wait([failed, pending], timeout=0.001))
        await steps()
        same = returned == ({failed}, {pending})
        return same, repr(failed.exception()), pending.done()

    assert evidence(sets_exception_and_pending=run(main)) == (
        True,
        "ValueError('of the task')",
        False,
    )


class Awaitable:
    """Neither a coroutine nor a future, but await takes it."""

    def __await__(self):
        yield


@claim("TASK36")
@concerns("wait for coroutines")
@predicts("N167")
@refuted(
    where=before("3.11.0"),
    because="up to 3.10 wait() made tasks of what it got, of coroutines with a DeprecationWarning",
)
def test_wait_refuses_a_bare_coroutine(evidence):
    """asyncio.wait() refuses coroutines: it takes tasks and futures only.

    "TypeError: Passing coroutines is forbidden, use tasks explicitly."  Since 3.11.  Of another
    object that can be awaited it says "... object has no attribute 'add_done_callback'".  Before,
    it made tasks of them which the caller did not know, though they were in the sets it returned,
    and warned: "The explicit passing of coroutine objects to asyncio.wait() is deprecated".
    Instead: asyncio.create_task() of a coroutine, asyncio.ensure_future() of anything.
    """

    async def main():
        coroutine = forever()
        error = await outcome_of(asyncio.wait([coroutine], timeout=0))
        coroutine.close()
        return repr(error)

    async def of_an_object():
        return await outcome_of(asyncio.wait([Awaitable()], timeout=0))

    error = run(main)
    assert evidence(error=error) == (
        "TypeError('Passing coroutines is forbidden, use tasks explicitly.')"
    )
    text = "AttributeError(\"'Awaitable' object has no attribute 'add_done_callback'\")"
    assert repr(evidence(of_an_object=run(of_an_object))) == text


@claim("TASK37")
def test_as_completed_yields_in_the_order_of_completion(evidence):
    """as_completed() yields results in the order in which they come, whatever was passed first.

    So it can print progress while several tasks are awaited.
    """

    async def after(future, name):
        await future
        return name

    async def main():
        loop = asyncio.get_running_loop()
        gates = [loop.create_future() for _ in range(3)]
        tasks = [asyncio.create_task(after(gate, n)) for n, gate in enumerate(gates)]
        names = []
        completed = asyncio.as_completed(tasks)
        for number in (2, 0, 1):
            gates[number].set_result(None)
            names.append(await asyncio.wait_for(next(completed), PATIENCE / 2))
        return names

    assert evidence(results=run(main)) == [2, 0, 1]


@claim("TASK38")
@refuted(
    where=before("3.13.0"),
    because="3.13 made as_completed() an asynchronous iterator, too (gh-77714)",
    by="TypeError: 'async for' requires an object with __aiter__ method, got generator",
)
def test_as_completed_can_yield_the_tasks_themselves(evidence):
    """`async for` over as_completed() yields the very tasks that were passed, each of them done.

    Since 3.13.  A plain `for` yields new coroutines, which do not tell whose result they have.
    """

    async def main():
        tasks = {asyncio.create_task(work()) for _ in range(2)}
        plain = {next(asyncio.as_completed(tasks))}
        for coroutine in plain:
            await coroutine
        return plain <= tasks, {task async for task in asyncio.as_completed(tasks)} == tasks

    assert evidence(plain_and_async=run(main)) == (False, True)


@claim("TASK39")
@refuted(
    where=before("3.11.0"),
    because="asyncio.TimeoutError is the builtin one since 3.11 (bpo-42413)",
    by=asyncio.TimeoutError,
)
def test_wait_for_raises_the_builtin_timeout_error(evidence):
    """wait_for() raises the builtin TimeoutError, so `except TimeoutError` catches it.

    Since 3.11.  Before it is asyncio.TimeoutError, another class, which that clause lets through.
    """

    async def main():
        try:
            await asyncio.wait_for(forever(), 0.001)
        except TimeoutError as error:
            return repr(error)

    assert evidence(caught=run(main)) == "TimeoutError()"


@claim("TASK57")
@concerns("clause for an OSError")
@predicts("N131")
@refuted(
    where=since("3.11.0"),
    because="asyncio.TimeoutError is the builtin one, an OSError, since 3.11 (bpo-42413)",
)
def test_an_oserror_clause_lets_the_timeout_through(evidence):
    """`except OSError` before `except asyncio.TimeoutError` lets the timeout of wait_for() through.

    It does until 3.10.  Since 3.11 the TimeoutError of asyncio and of concurrent.futures is the
    builtin one, and an OSError without an errno: a timeout is taken for a failed connection.
    multiprocessing.TimeoutError is none.  Instead: `except TimeoutError` before `except OSError`.
    """

    async def main():
        try:
            await asyncio.wait_for(forever(), 0.001)
        except OSError:
            return "OSError"
        except asyncio.TimeoutError:
            return "asyncio.TimeoutError"

    assert evidence(clause=run(main)) == "asyncio.TimeoutError"


@claim("TASK40")
def test_wait_for_waits_until_the_task_has_ended(evidence):
    """wait_for() cancels the task after its timeout, and returns only when the task has ended.

    You might expect TimeoutError right after the timeout.  A task that cleans up slowly, or ignores
    the cancellation, keeps wait_for() waiting.  asyncio.wait([task], timeout=...) does return.
    """
    log = []

    async def slow_to_leave():
        try:
            await forever()
        finally:
            await steps(20)
            log.append("the task has ended")

    async def main():
        error = await outcome_of(asyncio.wait_for(slow_to_leave(), 0.001))
        log.append("wait_for() has ended")
        await steps(25)
        return kinds([error])

    assert evidence(error=run(main), log=log) == (
        ["TimeoutError"],
        ["the task has ended", "wait_for() has ended"],
    )


@claim("TASK41")
@predicts("N213")
@refuted(where=before("3.12.0"), because="3.12 built wait_for() on timeout() (gh-96764)")
def test_wait_for_runs_a_coroutine_in_the_same_task(evidence):
    """wait_for() awaits a coroutine in the caller's own task, so current_task() is the same.

    Since 3.12.  Before, wait_for() made a new task, so that changes of ContextVars in it were lost,
    and two tasks could be at work when the caller was cancelled.  So it wants a task around it now:
    a coroutine that is driven by hand gets "Timeout should be used inside a task".  And what
    wait_for() awaits begins at once: before, the loop first ran what was waiting, and tests may
    count on that order.
    """
    order = []

    async def current():
        order.append("the coroutine")
        return asyncio.current_task()

    async def main():
        asyncio.get_running_loop().call_soon(order.append, "what was waiting")
        return await asyncio.wait_for(current(), PATIENCE) is asyncio.current_task()

    same_task = run(main)
    assert evidence(same_task=same_task, order=order[:1]) == (True, ["the coroutine"])


@claim("TASK42")
@has_groups
def test_a_timeout_is_a_cancellation_inside(evidence):
    """Inside `async with asyncio.timeout()` code sees CancelledError; outside, TimeoutError.

    `except TimeoutError` inside the block catches nothing.  Timeout.expired() tells afterwards.
    For one timeout for a whole group of tasks, put asyncio.timeout() around the TaskGroup.  It came
    with 3.11 (before: module 'asyncio' has no attribute 'timeout'); there use wait_for().
    """
    seen = []

    async def main():
        try:
            async with asyncio.timeout(0.001) as limit:
                try:
                    await forever()
                except BaseException as error:
                    seen.append(type(error).__name__)
                    raise
        except TimeoutError as error:
            seen.append(type(error).__name__)
        control(isinstance(limit, asyncio.Timeout), f"a Timeout, not {limit}")
        return limit.expired(), asyncio.current_task().cancelling()

    assert evidence(expired_and_cancelling=run(main), seen=seen) == (
        (True, 0),
        ["CancelledError", "TimeoutError"],
    )


@claim("TASK43")
@has_groups
def test_a_timeout_can_be_rescheduled(evidence):
    """Timeout.reschedule() moves the deadline, when() tells it: absolute times of loop.time().

    asyncio.timeout(None) has no deadline until then.  A time that is past ends the block at its
    next await.
    """

    async def main():
        now = asyncio.get_running_loop().time()
        async with asyncio.timeout_at(now) as extended:
            extended.reschedule(now + 2 * PATIENCE)
            await asyncio.sleep(0.001)
        async with asyncio.timeout(None) as none:
            first = none.when()
        error = await outcome_of(cut_short(now))
        return extended.when() == now + 2 * PATIENCE, extended.expired(), first, kinds([error])

    async def cut_short(past):
        async with asyncio.timeout(2 * PATIENCE) as limit:
            limit.reschedule(past)
            await forever()

    assert evidence(when_expired_none_and_cut_short=run(main)) == (
        True,
        False,
        None,
        ["TimeoutError"],
    )


@claim("TASK44")
@has_groups
@cases(inner=("timeout", "wait_for"))
def test_an_outer_timeout_is_not_caught_inside(inner, evidence):
    """An outer timeout that ends a block passes through an inner one, and is no TimeoutError there.

    So `except TimeoutError` around the inner one does not catch what the outer one cut short.
    """
    caught = []

    async def nested():
        if inner == "wait_for":
            return await asyncio.wait_for(forever(), 2 * PATIENCE)
        async with asyncio.timeout(2 * PATIENCE):
            return await forever()

    async def main():
        try:
            async with asyncio.timeout(0.001):
                try:
                    await nested()
                except TimeoutError:
                    caught.append("inside")
        except TimeoutError:
            caught.append("outside")

    run(main)
    assert evidence(caught=caught) == ["outside"]


@claim("TASK45")
@has_groups
def test_a_task_group_that_has_ended_takes_no_task(evidence):
    """A TaskGroup that has ended takes no more tasks: create_task() raises RuntimeError.

    "RuntimeError: TaskGroup <TaskGroup entered> is finished".  A callback, or an object that keeps
    the group, cannot start something later.  Keep the group's block open as long as tasks may come.
    """

    async def main():
        async with asyncio.TaskGroup() as group:
            pass
        coroutine = work()
        error = outcome(group.create_task, coroutine)
        coroutine.close()
        return repr(error)

    assert evidence(error=run(main)) == (
        "RuntimeError('TaskGroup <TaskGroup entered> is finished')"
    )


@claim("TASK49")
@concerns("results without a loop")
@predicts("N67")
@refuted(
    where=since("3.14.8", "3.15.0rc2"),
    because="gh-156523 asks for the current task, which needs a running loop (gh-157856)",
    by="RuntimeError: no running event loop",
)
def test_as_completed_needs_no_running_loop(evidence):
    """as_completed() can be called where no loop runs, and run_until_complete() gets the results.

    Code without async has `for one in as_completed(tasks): loop.run_until_complete(one)`.  From
    3.14.8 and 3.15 on as_completed() raises "RuntimeError: no running event loop" there, though
    set_event_loop() was called; a warning that a coroutine "was never awaited" may follow.
    gather() still takes the loop that is set.  Instead: put the for statement into a coroutine,
    await each one there, and give the coroutine to asyncio.run().
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    tasks = [loop.create_task(work()) for _ in range(2)]
    try:
        results = [loop.run_until_complete(one) for one in asyncio.as_completed(tasks)]
    finally:
        gathered = loop.run_until_complete(asyncio.gather(*tasks))
        asyncio.set_event_loop(None)
        loop.close()
    control(gathered == [42, 42], f"gather() has {gathered}")
    assert evidence(results=results) == [42, 42]


@claim("TASK51")
@predicts("N80")
@refuted(
    where=since("3.14.0") and before("3.14.7", "3.15.0b4"),
    because="3.14 put the task into the call graph, and wait() did not take it out (gh-152569)",
)
def test_a_task_that_has_waited_is_freed(evidence):
    """A task that has called asyncio.wait() is freed, even if one of the futures never comes.

    From 3.14.0 to 3.14.6 that future refers to the task, with its result, until it is done: a
    memory leak.  Programs that wait for their work or for a "closed" future, whichever comes first
    (return_when=FIRST_COMPLETED, or a timeout), and so for one future in thousands of tasks, grow
    without end.  Instead: update; or give wait() a new task each time, asyncio.create_task() of a
    coroutine that waits for an asyncio.Event, and cancel it afterwards.
    """

    async def main():
        endless = asyncio.get_running_loop().create_future()

        async def wait():
            return await asyncio.wait([endless], timeout=0)

        task = asyncio.create_task(wait())
        reference = weakref.ref(task)
        returned = await task
        control(returned == (set(), {endless}), f"the future must be pending: {returned}")
        del task
        await steps()
        collect()
        return reference() is None

    assert evidence(freed=run(main))


@claim("TASK56")
@predicts("N87")
@has_groups
@refuted(where=before("3.15.0"), because="3.15 lets GeneratorExit through alone (gh-135736)")
def test_an_async_generator_in_a_group_can_be_closed(evidence):
    """aclose() of an async generator that stands at a yield inside a TaskGroup raises nothing.

    Before 3.15 it raises "BaseExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
    with GeneratorExit() within: the group wraps the exception that is to end the generator, and
    aclose() does not know it any more.  contextlib.aclosing() calls aclose(), too; after a break
    out of async for, the log has the group as "Task exception was never retrieved".  Instead: no
    yield inside of a group; let a task of it fill an asyncio.Queue for the consumer.
    """

    async def numbers():
        async with asyncio.TaskGroup():
            yield 1

    async def main():
        generator = numbers()
        control(await anext(generator) == 1, "the generator must stand at its yield")
        try:
            await generator.aclose()
        except BaseException as error:  # noqa: BLE001 - GeneratorExit in a group is no Exception
            return repr(error)

    error = run(main)
    control(error is None or error.startswith("BaseExceptionGroup("), f"raised: {error}")
    assert evidence(raised=error) is None


@claim("TASK59")
@predicts("N160")
@has_groups
@cases(kind=("TaskGroup", "timeout"))
def test_a_block_cancels_the_task_that_has_entered_it(kind, evidence):
    """A TaskGroup or timeout() cancels the task that has entered it, though another one leaves it.

    anyio refuses that: "Attempted to exit cancel scope in a different task than it was entered in",
    and clients of MCP, httpx and Starlette are made of it.  One task enters and another one leaves
    where a fixture of pytest-asyncio yields inside the block, where an AsyncExitStack is closed by
    another task or in __del__, and where an async generator is closed late (AGEN01), at the end of
    asyncio.run().  Instead: enter and leave it in one task, such as a task of its own that waits
    inside "async with" for an asyncio.Event, until it is to close.
    """

    async def main():
        block = asyncio.TaskGroup() if kind == "TaskGroup" else asyncio.timeout(0)

        async def enter():
            await block.__aenter__()
            await forever()

        entered = asyncio.create_task(enter())
        await steps()
        if kind == "TaskGroup":
            block.create_task(fail())
        await steps(20)
        left = await outcome_of(block.__aexit__(None, None, None))
        cancelled = entered.cancelled()
        entered.cancel()
        return cancelled, asyncio.current_task().cancelling(), type(left).__name__

    cancelled, asked_of_this_one, left = run(main)
    evidence(left=left)
    assert evidence(cancelled=cancelled, asked_of_this_one=asked_of_this_one) == (True, 0)
