"""Cancelling a task of asyncio: a request, which the task may follow late, or never.

Source: https://docs.python.org/3/library/asyncio-task.html#task-cancellation
"""

import asyncio
import threading
import weakref

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
from tests.library.asyncio.running import (
    collect,
    forever,
    messages_of,
    outcome_of,
    own_loop,
    run,
    steps,
)

every_spec = [own_loop]

since_311 = applies(where=since("3.11.0"), because="3.11 added cancelling() and uncancel()")


@claim("TASK19")
def test_cancelling_a_task_is_a_request(evidence):
    """Task.cancel() only asks: the task ends later, when CancelledError has gone through it.

    To cancel an asyncio task is not to end it: you might expect a cancelled task to be gone.  Its
    finally blocks run first, and may await something.  So await the task after cancel() before you
    close what it uses.
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

    Whoever cancelled it waits on, perhaps for ever: one cancel() is one CancelledError, and a
    library that swallows asyncio.CancelledError, as during a connection timeout, has used it up.
    How to handle asyncio.CancelledError (asyncio.exceptions.CancelledError): catch it only in order
    to clean up, then raise.
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

    Since 3.11; before, "'_asyncio.Task' object has no attribute 'uncancel'", or 'cancelling'.
    timeout() and TaskGroup tell their own cancellations from others by that number.
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
    A Future or Task of your own needs cancel(self, msg=None): a cancelled task hands the message on
    to what it awaits, which else "takes 1 positional argument but 2 were given", or "got an
    unexpected keyword argument 'msg'".
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

    The same goes for a timeout around them.  It is not possible to cancel what an executor runs
    already: the thread stays occupied, and asyncio.run() waits for it at the end.
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


async def fail():
    """Fail, as a task does."""
    raise ValueError("of the task")


async def fail_in_a_group():
    """Wait for a group with a task that fails."""
    async with asyncio.TaskGroup() as group:
        group.create_task(fail())


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

    async def work():
        async with asyncio.timeout(None) as limit:
            error = await outcome_of(fail_in_a_group())
            control(kinds([error]) == ["ExceptionGroup"], f"the group must fail: {error!r}")
            limit.reschedule(0)
            await forever()

    async def main():
        return await outcome_of(work())

    assert kinds([evidence(seen=run(main))]) == ["TimeoutError"]


@claim("TASK50")
@predicts("N79")
@refuted(
    where=before("3.13.12", "3.14.3"),
    because="cancel() waited for a round of the loop, as from another thread (gh-105836)",
)
def test_cancelling_a_threadsafe_future_in_the_loop_s_thread_is_at_once(evidence):
    """In the loop's thread cancel() of a run_coroutine_threadsafe() Future cancels at once.

    So CancelledError comes in the next round of the loop, as it does after Task.cancel().  Before
    3.13.12 and 3.14.3 cancel() only asked the loop to cancel the task, which took a round more: a
    shutdown that calls cancel(), awaits asyncio.sleep(0) and stops the loop leaves the task running
    ("Task was destroyed but it is pending!"), and what it holds open.  From another thread it still
    is a request.  Instead: in the loop's own thread use create_task(), cancel the task, and await
    it; from elsewhere let the coroutine itself set an event at its end.
    """
    ended = []

    async def work():
        try:
            await forever()
        finally:
            ended.append("ended")

    async def main():
        future = asyncio.run_coroutine_threadsafe(work(), asyncio.get_running_loop())
        await steps()
        control(future.cancel(), "the future must be there to be cancelled")
        await asyncio.sleep(0)
        next_round = list(ended)
        await steps()
        control(ended == ["ended"], "the task must end at last")
        return next_round

    assert evidence(ended_in_the_next_round=run(main)) == ["ended"]


@claim("TASK52")
@predicts("N81")
@refuted(
    where=since("3.14.0") and before("3.14.8", "3.15.0rc3"),
    because="3.14 put the task into the call graph, and shield() did not take it out (gh-155143)",
)
def test_a_task_whose_shielded_wait_was_cancelled_is_freed(evidence):
    """A task that was cancelled in asyncio.shield(future) is freed, even if the future never comes.

    From 3.14.0 to 3.14.7 the future refers to the task, with its result and all that its frames
    held, until it is done: a memory leak.  One future that lives as long as the program, such as
    "the connection is closed", and a task each time that shields it within a timeout: memory grows
    without end.  Instead: update; or wait for an asyncio.Event, which needs no shield().
    """

    async def main():
        endless = asyncio.get_running_loop().create_future()

        async def wait():
            await asyncio.shield(endless)

        task = asyncio.create_task(wait())
        reference = weakref.ref(task)
        await steps()
        task.cancel()
        await outcome_of(task)
        control(task.cancelled() and not endless.done(), "the task alone must be cancelled")
        del task
        await steps()
        collect()
        return reference() is None

    assert evidence(freed=run(main))


@claim("TASK53")
@predicts("N82")
@refuted(
    where=since("3.14.0") and before("3.14.9", "3.15.1"),
    because="3.14 told of it before anybody could catch it (gh-86802, gh-156321)",
)
def test_a_caught_exception_of_a_shielded_task_is_not_logged(evidence):
    """An exception of a shielded task that is caught is not logged, though a waiter was cancelled.

    From 3.14.0 to 3.14.8, and in 3.15.0, the log has "ValueError exception in shielded future" with
    a traceback as soon as the task fails, if somebody's `await asyncio.shield(task)` was cancelled
    or timed out before; that somebody else awaits the task, and catches the exception, changes
    nothing.  On other releases only an exception that nobody gets is told, as "Task exception was
    never retrieved".  Instead: asyncio.wait([task], timeout=...), which cancels nothing.
    """

    async def main():
        loop = asyncio.get_running_loop()
        messages, inner = messages_of(loop), loop.create_future()

        async def wait():
            await asyncio.shield(inner)

        waiter = asyncio.create_task(wait())
        await steps()
        waiter.cancel()
        await outcome_of(waiter)
        inner.set_exception(ValueError("of the task"))
        error = await outcome_of(inner)
        control(kinds([error]) == ["ValueError"], f"the exception is caught: {error!r}")
        await steps()
        return messages

    assert evidence(logged=run(main)) == []


@claim("TASK54")
@predicts("N83")
@applies(where=since("3.12.0"), because="3.12 added eager tasks (gh-97696)")
@refuted(
    where=before("3.12.9", "3.13.2"),
    because="a group was told of a task that failed before it knew its creator (gh-128550)",
)
def test_a_group_cancels_an_eager_task_whose_own_task_fails(evidence):
    """A TaskGroup cancels an eager task whose first step started another task that fails at once.

    With loop.set_task_factory(asyncio.eager_task_factory), before 3.12.9 and 3.13.2, the group
    missed it: the failed task was reported before the group had the other in its list.  That one
    runs on, and if it waits for what the failed one was to do, `async with TaskGroup()` hangs, a
    deadlock.  In 3.12 the cancellation could also leak out of the group, as a CancelledError that
    nobody asked for (gh-128588).  Instead: update; or `await asyncio.sleep(0)` first in the task.
    """
    went_on = []

    async def fail():
        raise ValueError("of the task")

    async def start_and_go_on(group):
        group.create_task(fail())
        await steps(20)
        went_on.append("went on")

    async def start_in_a_group():
        async with asyncio.TaskGroup() as group:
            group.create_task(start_and_go_on(group))

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        return await outcome_of(start_in_a_group())

    error = run(main)
    control(kinds([error]) == ["ExceptionGroup"], f"the group must fail: {error!r}")
    assert evidence(went_on=went_on) == []


@claim("TASK55")
@predicts("N85")
@refuted(where=before("3.13.0"), because="3.13 passes it on if the task is cancelled (gh-112202)")
def test_a_notify_for_a_cancelled_task_reaches_the_next(evidence):
    """A notify() of asyncio.Condition reaches the next waiter if the notified task is cancelled.

    Before 3.13 it is lost, a lost wakeup: notify() has chosen a task, that is cancelled (or its
    timeout is over) before it runs, and no other is woken.  A race condition, so it is rare: a
    consumer waits for ever though there is an item, and a pool of connections hangs.  Instead:
    notify_all(), where each waiter looks whether there is something for it; or an asyncio.Queue.
    """
    awake = []

    async def main():
        condition = asyncio.Condition()

        async def wait(name):
            async with condition:
                await condition.wait()
                awake.append(name)

        first, second = (asyncio.create_task(wait(name)) for name in ("first", "second"))
        await steps()
        async with condition:
            condition.notify()
        first.cancel()
        await steps(20)
        control(first.cancelled(), "the task that was notified must be cancelled")
        second.cancel()
        await outcome_of(second)

    run(main)
    assert evidence(awake=awake) == ["second"]


@claim("TASK61")
@predicts("N210")
@since_311
@cases(block=("timeout", "TaskGroup"))
@refuted(
    where=before("3.11.3"),
    block="timeout",
    because="3.11.3 let timeout() count the cancellations of its own block alone (gh-102780)",
    by="AssertionError",
)
@refuted(
    where=since("3.13.0"),
    block="TaskGroup",
    because="since 3.13 a group that fails asks for the cancellation again (gh-116720)",
    by="AssertionError",
)
def test_blocks_work_after_a_swallowed_cancellation(block, evidence):
    """After `except asyncio.CancelledError: pass` a task can use timeout() and a TaskGroup.

    The swallowed cancellation stays counted: Task.cancelling() is 1 until uncancel(), as after an
    own timeout or async_timeout before 4.0.3, which suppressed its CancelledError.  Up to 3.11.2
    asyncio.timeout() then raises CancelledError instead of TimeoutError.  Since 3.13 a TaskGroup
    that fails cancels the task a second time: after `except*` the next await raises CancelledError.
    Instead: asyncio.current_task().uncancel() where you swallow it, or raise it again.
    """

    async def limited():
        async with asyncio.timeout(0):
            await forever()

    async def work():
        await swallow()
        error = await outcome_of(limited() if block == "timeout" else fail_in_a_group())
        await asyncio.sleep(0)
        return error

    async def main():
        task = asyncio.create_task(work())
        await steps()
        task.cancel()
        return await outcome_of(task)

    wanted = "TimeoutError" if block == "timeout" else "ExceptionGroup"
    assert kinds([evidence(seen=run(main))]) == [wanted]
