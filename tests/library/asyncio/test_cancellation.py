"""Cancelling a task of asyncio: a request, which the task may follow late, or never.

Source: https://docs.python.org/3/library/asyncio-task.html#task-cancellation
"""

import asyncio
import threading

from tests.harness import (
    PATIENCE,
    applies,
    before,
    cases,
    claim,
    control,
    kinds,
    predicts,
    refuted,
    since,
)
from tests.library.asyncio.running import forever, outcome_of, own_loop, run, steps

every_spec = [own_loop]

since_311 = applies(where=since("3.11.0"), because="3.11 added cancelling() and uncancel()")


@claim("TASK19")
def test_cancelling_a_task_is_a_request(evidence):
    """Task.cancel() only asks: the task ends later, when CancelledError has gone through it.

    You might expect a cancelled task to be gone.  Its finally blocks run first, and may await
    something.  So await the task after cancel() before you close what it uses.
    """
    log = []

    async def work():
        try:
            await forever()
        finally:
            log.append("cleaning up")
            await steps()
            log.append("clean")

    async def main():
        task = asyncio.create_task(work())
        await steps()
        seen = [(task.cancel(), task.done(), task.cancelled(), len(log))]
        await outcome_of(task)
        return [*seen, (task.cancel(), task.done(), task.cancelled(), len(log))]

    asked, later = run(main)
    assert evidence(asked=asked, later=later) == ((True, False, False, 0), (False, True, True, 2))
    assert log == ["cleaning up", "clean"]


@claim("TASK20")
def test_a_task_that_is_cancelled_before_it_starts_runs_nothing(evidence):
    """A task that is cancelled before it starts runs nothing, not even its try and finally.

    You might expect a finally block to run in any case.  What the task was to give back, such as a
    connection that it was handed, stays open.
    """
    ran = []

    async def work():
        try:
            ran.append("body")
        finally:
            ran.append("finally")

    async def main():
        task = asyncio.create_task(work())
        task.cancel()
        return await outcome_of(task)

    assert evidence(outcome=repr(run(main)), ran=ran) == ("CancelledError()", [])


@claim("TASK21")
def test_except_exception_lets_a_cancellation_through(evidence):
    """`except Exception` does not catch CancelledError, which is a BaseException since 3.8.

    A bare except, `except BaseException` and contextlib.suppress(BaseException) do catch it.
    """
    caught = []

    async def work():
        try:
            await forever()
        except Exception:  # noqa: BLE001 - that is the claim
            caught.append("Exception")
        except BaseException:
            caught.append("BaseException")
            raise

    async def main():
        task = asyncio.create_task(work())
        await steps()
        task.cancel()
        await outcome_of(task)
        return task.cancelled()

    assert evidence(cancelled=run(main), caught=caught) == (True, ["BaseException"])


async def swallow():
    """Wait, and go on in spite of a cancellation."""
    try:
        await forever()
    except asyncio.CancelledError:
        pass
    await steps()
    return "went on"


@claim("TASK22")
def test_a_task_can_swallow_its_cancellation(evidence):
    """A task that catches CancelledError and does not raise it again goes on: it is not cancelled.

    Whoever cancelled it waits on, perhaps for ever: one cancel() is one CancelledError.  Catch it
    only in order to clean up, then raise.
    """

    async def main():
        task = asyncio.create_task(swallow())
        await steps()
        task.cancel()
        return await outcome_of(task), task.cancelled()

    assert evidence(outcome_and_cancelled=run(main)) == ("went on", False)


@claim("TASK23")
@since_311
def test_a_swallowed_cancellation_stays_counted(evidence):
    """Task.cancelling() counts the requests, swallowed ones too, until uncancel() takes one back.

    Since 3.11.  timeout() and TaskGroup tell their own cancellations from others by that number.
    Code that swallows a CancelledError for good calls asyncio.current_task().uncancel().
    """

    async def main():
        task = asyncio.create_task(swallow())
        await steps()
        task.cancel()
        await asyncio.sleep(0)
        counts = [task.cancelling(), task.uncancel(), task.cancelling()]
        return [*counts, await outcome_of(task)]

    assert evidence(cancelling_uncancel_cancelling=run(main)) == [1, 0, 0, "went on"]


@claim("TASK24")
@since_311
@refuted(
    where=before("3.13.0"),
    because="3.13 let uncancel() take back what is not delivered yet (gh-116720)",
)
def test_uncancel_takes_back_what_is_not_delivered(evidence):
    """uncancel() right after cancel() of a task that has not started lets the task run.

    Since 3.13.  Before, uncancel() only changed the number, and the task was cancelled all the
    same.  A task that waits already gets its CancelledError in any case: its wait ends at once.
    """

    async def work():
        return "ran"

    async def main():
        task = asyncio.create_task(work())
        task.cancel()
        control(task.uncancel() == 0, "no request must be left")
        return repr(await outcome_of(task))

    assert evidence(outcome=run(main)) == "'ran'"


@claim("TASK25")
def test_shield_protects_the_inner_task_alone(evidence):
    """asyncio.shield(task) keeps the task alive when its waiter is cancelled, not the waiter.

    You might expect the code after `await shield(...)` to run.  CancelledError comes there all the
    same; the inner task goes on by itself, so keep a reference to it.
    """
    log = []

    async def main():
        go_on = asyncio.get_running_loop().create_future()
        inner = asyncio.ensure_future(asyncio.wait_for(go_on, PATIENCE))

        async def waiter():
            await asyncio.shield(inner)
            log.append("after shield()")

        outer = asyncio.create_task(waiter())
        await steps()
        outer.cancel()
        await outcome_of(outer)
        seen = outer.cancelled(), inner.done()
        if not go_on.done():
            go_on.set_result("went on")
        return (*seen, await outcome_of(inner))

    assert evidence(outer_cancelled_inner_done=run(main), log=log) == ((True, False, "went on"), [])


@claim("TASK26")
@refuted(where=before("3.11.0"), because="3.11 passes the message on to who awaits (bpo-45390)")
def test_a_cancel_message_reaches_who_awaits(evidence):
    """cancel(msg) puts its message into the CancelledError of the task, and of who awaits it.

    Up to 3.10 only the task itself saw the message; who awaited the task got a bare CancelledError.
    """
    seen = []

    async def work():
        try:
            await forever()
        except asyncio.CancelledError as error:
            seen.append(repr(error))
            raise

    async def main():
        task = asyncio.create_task(work())
        await steps()
        task.cancel("too slow")
        return repr(await outcome_of(task))

    awaiting = run(main)
    control(seen == ["CancelledError('too slow')"], f"the task must see the message: {seen}")
    assert evidence(seen_by_who_awaits=awaiting) == "CancelledError('too slow')"


@claim("TASK27")
def test_a_coroutine_that_never_awaits_cannot_be_cancelled(evidence):
    """A coroutine that never awaits cannot be cancelled, nor timed out: nothing interrupts it.

    You might expect cancel() or a timeout to stop a long computation.  The loop runs neither before
    the coroutine gives control away.  Put `await asyncio.sleep(0)` into the loop, or compute in a
    process.
    """

    async def crunch():
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        loop.call_soon(task.cancel)
        end = loop.time() + 0.005
        while loop.time() < end:
            pass
        return "computed"

    async def main():
        task = asyncio.create_task(crunch())
        return await outcome_of(task), task.cancelled()

    assert evidence(outcome_and_cancelled=run(main)) == ("computed", False)


@claim("TASK28")
def test_cancelling_a_task_cancels_what_it_awaits(evidence):
    """Cancelling a task cancels the task that it awaits, and so whoever else awaits that.

    You might expect each to stop waiting, and the shared task to go on.  Let each await
    asyncio.shield(shared).
    """

    async def main():
        shared = asyncio.create_task(forever())

        async def wait():
            await shared

        one, other = asyncio.create_task(wait()), asyncio.create_task(wait())
        await steps()
        one.cancel()
        await steps()
        return shared.cancelled(), other.cancelled()

    assert evidence(shared_and_other_cancelled=run(main)) == (True, True)


@claim("TASK29")
@cases(
    way={
        "run_in_executor": lambda f: asyncio.get_running_loop().run_in_executor(None, f),
        "to_thread": lambda f: asyncio.ensure_future(asyncio.to_thread(f)),
    }
)
def test_cancelling_does_not_stop_a_thread(way, evidence):
    """Cancelling run_in_executor() or to_thread() ends the waiting; the function runs on.

    The same goes for a timeout around them.  Nothing stops a thread from outside: the thread of the
    executor stays occupied, and asyncio.run() waits for it at the end.
    """
    began, may_end, ended = threading.Event(), threading.Event(), []

    def work():
        began.set()
        ended.append(may_end.wait(PATIENCE))

    async def main():
        waiting = way(work)
        await steps()
        control(began.wait(PATIENCE), "the function must run")
        try:
            waiting.cancel()
            await steps()
            return waiting.cancelled(), list(ended)
        finally:
            may_end.set()

    assert evidence(cancelled_and_ended=run(main), ended_later=ended) == ((True, []), [True])


@claim("TASK47")
@predicts("N31")
@refuted(where=before("3.12.0"), because="3.12 built wait_for() on timeout() (gh-96764)")
def test_wait_for_lets_a_late_cancellation_through(evidence):
    """wait_for() lets a cancellation through that comes as its future is done.

    Up to 3.11 wait_for() swallows it and returns the result: cancel() has returned True, and the
    worker goes on, waits for what comes next, and hangs; whoever awaits it hangs too.  It takes a
    race condition, so it is rare.  Since 3.12 the result is lost instead.  Instead: use
    asyncio.timeout() (3.11), or asyncio.wait([future], timeout=...).
    """

    async def main():
        future = asyncio.get_running_loop().create_future()

        async def work():
            return await asyncio.wait_for(future, PATIENCE)

        task = asyncio.create_task(work())
        await steps()
        future.set_result("done")
        control(task.cancel(), "the task must be there to be cancelled")
        return await outcome_of(task)

    seen = evidence(seen=run(main))
    assert kinds([seen]) == ["CancelledError"]


@claim("TASK48")
@predicts("N32")
@since_311
@refuted(where=before("3.13.0"), because="3.13 made the group take its request back (gh-116720)")
def test_a_timeout_is_one_after_a_group_has_failed(evidence):
    """After a TaskGroup has failed inside of it, a timeout around it still raises TimeoutError.

    In 3.11 and 3.12 the group cancels the task that waits at its end, and never takes that back:
    Task.cancelling() stays 1.  A timeout() that was entered before takes the cancellation for
    somebody else's, so `except TimeoutError` catches nothing: CancelledError ends the task, often
    without a word.  Instead: put the group into a task of its own, and await that.
    """

    async def fail():
        raise ValueError("of the task")

    async def fail_in_a_group():
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    async def work():
        async with asyncio.timeout(None) as limit:
            error = await outcome_of(fail_in_a_group())
            control(kinds([error]) == ["ExceptionGroup"], f"the group must fail: {error!r}")
            limit.reschedule(0)
            await forever()

    async def main():
        return await outcome_of(work())

    assert kinds([evidence(seen=run(main))]) == ["TimeoutError"]
