"""Event loops and threads: who may touch a loop, who wakes it, and how two of them talk.

Source: https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading
"""

import asyncio
import concurrent.futures
import threading

from tests.harness import PATIENCE, cases, claim, control, kinds, never, outcome, predicts, until
from tests.library.asyncio.loops import loop_in_a_thread
from tests.library.asyncio.running import outcome_of, own_loop, run, steps

every_spec = [own_loop]


def future():
    """Return a Future, and what sets it."""
    one = asyncio.get_running_loop().create_future()
    return one, lambda: one.set_result(1)


def event():
    """Return what waits for an Event, and what sets that."""
    one = asyncio.Event()
    return one.wait(), one.set


def queue():
    """Return what waits for an item, and what puts one."""
    one = asyncio.Queue()
    return one.get(), lambda: one.put_nowait(1)


@claim("LOOP19")
@predicts("H34")
@cases(waiting_for=(future, event, queue))
def test_another_thread_does_not_wake_a_loop(waiting_for, evidence):
    """What a thread sets in a sleeping loop's Future, Event or Queue is not seen before it wakes.

    Nothing is raised: the waiter goes on when something else wakes the loop, a timer or a packet,
    perhaps never.  asyncio's objects are not thread-safe; threading's and queue's would block the
    loop.  From a thread: loop.call_soon_threadsafe(future.set_result, value), unless the waiter may
    have given up (LOOP82).
    """
    with loop_in_a_thread() as other:
        seen = []
        setter = other.call(lambda: start_waiting(waiting_for, seen))
        other.falls_asleep()
        setter()
        late = never(lambda: seen)
        other.loop.call_soon_threadsafe(int)
        until(lambda: seen, "the loop to go on, once it is awake")
    assert evidence(seen_only_when_woken=late) is True


#: The tasks that wait: a loop keeps weak references only.
KEPT = []


def start_waiting(waiting_for, seen):
    """Start a task that waits; return what ends its waiting."""
    awaitable, setter = waiting_for()
    waiting = asyncio.ensure_future(awaitable)
    waiting.add_done_callback(lambda done: [seen.append(done), KEPT.remove(done)])
    KEPT.append(waiting)
    return setter


@claim("LOOP82")
@predicts("N152")
def test_an_answer_after_the_timeout_is_an_invalid_state(evidence):
    """A thread's answer to a future whose waiter has timed out is logged as InvalidStateError.

    "InvalidStateError: invalid state" in "Exception in callback": wait_for() and a cancelled task
    cancel the future, and then loop.call_soon_threadsafe(future.set_result, value) comes too late.
    The program goes on.  Instead, hand call_soon_threadsafe() a function that runs in the loop:
    if not future.done(): future.set_result(value).
    """

    async def main():
        loop, logged = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _, context: logged.append(context["exception"]))

        def answer(future):
            if not future.done():
                future.set_result(1)

        for late in (lambda future: future.set_result(1), answer):
            future = loop.create_future()
            timed_out = await outcome_of(asyncio.wait_for(future, 0))
            control(kinds([timed_out]) == ["TimeoutError"], f"it timed out: {timed_out!r}")
            await asyncio.to_thread(loop.call_soon_threadsafe, late, future)
            await steps()
        return logged

    assert kinds(evidence(logged=run(main))) == ["InvalidStateError"]


@claim("LOOP20")
def test_call_soon_threadsafe_wakes_a_loop(background, evidence):
    """call_soon_threadsafe() wakes a sleeping loop, keeps a thread's order, and loses no call.

    Each callback runs in the loop's thread.  It is the one method of a loop that another thread, or
    a signal handler, may call.  To stop an infinite asyncio loop (run_forever()) from another
    thread: loop.call_soon_threadsafe(loop.stop).  The difference between call_soon() and
    call_soon_threadsafe(): call_soon() of another thread does not wake the loop (LOOP21).
    """
    log = []

    def schedule(loop, name):
        for number in range(100):
            loop.call_soon_threadsafe(lambda n=number: log.append((threading.get_ident(), name, n)))

    with loop_in_a_thread() as other:
        other.falls_asleep()
        for thread in [background(schedule, other.loop, name) for name in "abc"]:
            thread.result()
        until(lambda: len(log) >= 300, "all callbacks")
    by_thread = {name: [n for _, of, n in log if of == name] for name in "abc"}
    assert evidence(callbacks=len(log)) == 300
    assert by_thread == {name: [*range(100)] for name in "abc"}
    assert {ident for ident, _, _ in log} == {other.thread.ident}


@claim("LOOP21")
@cases(
    call={
        "call_soon": lambda loop: loop.call_soon(int),
        "call_later": lambda loop: loop.call_later(0, int),
        "call_at": lambda loop: loop.call_at(0, int),
    }
)
def test_debug_mode_refuses_other_threads(call, evidence):
    """In debug mode call_soon(), call_later() and call_at() of another thread raise RuntimeError.

    "RuntimeError: Non-thread-safe operation invoked on an event loop other than the current one".
    Another thread has called a method of the loop, or set an asyncio.Event or Future.  Without
    debug mode, nobody says that this is a race condition, so run the tests with
    PYTHONASYNCIODEBUG=1.  Instead: loop.call_soon_threadsafe(event.set) (LOOP20); for a coroutine
    asyncio.run_coroutine_threadsafe() (LOOP22).
    """
    with loop_in_a_thread() as other:
        without = type(outcome(call, other.loop)).__name__
        other.call(other.loop.set_debug, True)
        debugging = other.loop.get_debug()
        within = outcome(call, other.loop)
    assert debugging is True
    assert evidence(without=without) in ("Handle", "TimerHandle")
    assert evidence(within=repr(within)) == (
        "RuntimeError('Non-thread-safe operation invoked on an event loop other than the current "
        "one')"
    )


async def give(value):
    """Return the value, or raise it."""
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@claim("LOOP22")
def test_a_thread_gets_a_result_from_a_loop(evidence):
    """run_coroutine_threadsafe() runs a coroutine in another thread's loop, and returns a Future.

    That is how to submit work from the main thread to an asyncio loop in another thread, and how to
    call a coroutine, an async function, from sync code in a thread while a loop runs in another
    one; in the loop's own thread result() is a deadlock (LOOP23), and where no loop runs,
    asyncio.run(f()) calls it.  It is concurrent.futures' Future: result() blocks the thread, and
    raises what the coroutine raised.  cancel() cancels the task in the loop.  To run asyncio in a
    thread, an event loop forever, use Thread(target=loop.run_forever, daemon=True).
    """
    cancelled = threading.Event()

    async def wait():
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with loop_in_a_thread() as other:
        results = [
            asyncio.run_coroutine_threadsafe(give(value), other.loop)
            for value in (1, KeyError("key"))
        ]
        told = [outcome(one.result, PATIENCE) for one in results]
        waiting = asyncio.run_coroutine_threadsafe(wait(), other.loop)
        other.falls_asleep()
        waiting.cancel()
        seen = cancelled.wait(PATIENCE)
    assert evidence(told=repr(told)) == "[1, KeyError('key')]"
    assert all(isinstance(one, concurrent.futures.Future) for one in results)
    assert evidence(task_cancelled=seen) is True


@claim("LOOP23")
def test_a_loop_that_waits_for_itself_hangs(evidence):
    """run_coroutine_threadsafe(...).result() in the loop's own thread is a deadlock.

    The coroutine cannot run while result() blocks its loop; nothing notices it: sync code that
    calls it in that thread, and not in another thread, hangs.  With a timeout it is a TimeoutError.
    In the loop, await the coroutine; await wrap_future(future).
    """

    async def main():
        result = asyncio.run_coroutine_threadsafe(give(1), asyncio.get_running_loop())
        blocked = outcome(result.result, 0.02)
        return type(blocked).__name__, await asyncio.wrap_future(result)

    assert evidence(blocked_and_awaited=asyncio.run(main())) == ("TimeoutError", 1)


@claim("LOOP24")
def test_wrap_future_lets_a_loop_await_a_thread(background, evidence):
    """asyncio.wrap_future() makes a thread's Future awaitable, and wakes the loop when it is done.

    await takes no concurrent.futures.Future: "TypeError: object Future can't be used in 'await'
    expression", since 3.14 "TypeError: 'Future' object can't be awaited".
    """

    async def main():
        promised = concurrent.futures.Future()
        refusal = outcome(awaited(promised).send, None)
        wrapped = asyncio.wrap_future(promised)
        background(promised.set_result, "set by a thread")
        told = await asyncio.wait_for(wrapped, PATIENCE)
        futures = [asyncio.isfuture(one) for one in (wrapped, promised)]
        return refusal, told, futures, asyncio.wrap_future(wrapped) is wrapped

    refusal, told, *others = evidence(refusal_and_told=asyncio.run(main()))
    assert kinds([refusal]) == ["TypeError"]
    assert told == "set by a thread"
    assert others == [[True, False], True]


async def awaited(one):
    """Await it."""
    return await one


@claim("LOOP25")
@cases(running=(False, True))
def test_cancelling_a_wrapped_future_cancels_what_it_wraps(running, evidence):
    """Cancelling what wrap_future() returns cancels the thread's Future, if that has not begun.

    One that runs goes on, and its result is lost: no thread can be cancelled from outside.
    """

    async def main():
        promised = concurrent.futures.Future()
        wrapped = asyncio.wrap_future(promised)
        if running:
            promised.set_running_or_notify_cancel()
        wrapped.cancel()
        await asyncio.wait([wrapped])
        return wrapped.cancelled(), promised.cancelled()

    assert evidence(wrapped_and_promised=asyncio.run(main())) == (True, not running)


@claim("LOOP26")
def test_a_future_is_awaited_in_its_own_loop(evidence):
    """Awaiting a Future or a Task of another loop raises RuntimeError, if it is not done yet.

    "RuntimeError: Task ... got Future ... attached to a different loop"; run_until_complete(), and
    gather() of futures of two loops, say "ValueError: The future belongs to a different loop than
    the one specified as the loop argument".  A module keeps it from an earlier asyncio.run(), or
    another thread has it.  One that is done gives its result to any loop.
    """
    loop = asyncio.new_event_loop()
    pending, done = loop.create_future(), loop.create_future()
    done.set_result("done")
    assert pending.get_loop() is loop
    loop.close()
    another = asyncio.new_event_loop()
    error = outcome(another.run_until_complete, pending)
    another.close()
    assert str(evidence(run_until_complete=error)).startswith("The future belongs to a different")
    refusal, told = (outcome(asyncio.run, awaited(one)) for one in (pending, done))
    assert kinds([evidence(refusal=refusal)]) == ["RuntimeError"]
    assert str(refusal).endswith("attached to a different loop")
    assert evidence(told=told) == "done"


@claim("LOOP27")
def test_a_lock_is_bound_to_the_loop_where_it_was_waited_for(evidence):
    """An asyncio.Lock is bound to the first loop in which a task has to wait for it, no earlier.

    "RuntimeError: <asyncio.locks.Lock object at ... [locked]> is bound to a different event loop"
    comes in a later asyncio.run(), or another thread, but only when the lock is contended there: so
    seldom in tests, and under load in production.
    """
    lock = asyncio.Lock()

    async def use(tasks):
        async def hold():
            async with lock:
                await asyncio.sleep(0)

        return await asyncio.gather(*(hold() for _ in range(tasks)), return_exceptions=True)

    runs = [asyncio.run(use(tasks)) for tasks in (1, 2, 1, 2)]
    refused = [kinds(filter(None, found)) for found in runs]
    assert evidence(refused=refused, last=runs[-1][1])[0] == [[], [], [], ["RuntimeError"]]
    assert str(runs[-1][1]).endswith("is bound to a different event loop")


@claim("LOOP28")
def test_a_loop_belongs_to_no_thread_for_ever(background, evidence):
    """A loop that has stopped can go on in another thread: only a running loop has a thread.

    So a loop may be made in one thread and run in another, which then owns its tasks.
    """
    idents, loop = [], asyncio.new_event_loop()

    async def work():
        for _ in range(2):
            idents.append(threading.get_ident())
            loop.stop()
            await asyncio.sleep(0)

    task = loop.create_task(work())
    threads = [background(loop.run_forever), None]
    threads[0].result()
    loop.run_forever()
    loop.run_until_complete(task)
    loop.close()
    assert evidence(idents=idents) == [threads[0].ident, threading.get_ident()]


@claim("LOOP29")
def test_callbacks_run_in_the_loop_and_not_at_once(evidence):
    """A Future's callbacks run in its loop's thread, in a later round: not inside set_result().

    Callbacks of concurrent.futures' Future run inside set_result(), in the thread that sets.
    remove_done_callback() returns how often the callback was registered.
    """

    def set_it():
        one = asyncio.get_running_loop().create_future()
        for callback in (unwanted, unwanted, lambda done: ran.append(threading.get_ident())):
            one.add_done_callback(callback)
        removed = one.remove_done_callback(unwanted)
        one.set_result(1)
        return removed, list(ran)

    ran, log = [], []
    unwanted = log.append
    with loop_in_a_thread() as other:
        removed, at_once = other.call(set_it)
        until(lambda: ran, "the callback")
    assert evidence(removed=removed, at_once=at_once, unwanted=log) == (2, [], [])
    assert ran == [other.thread.ident]


@claim("LOOP30")
def test_tasks_of_each_loop_are_told_apart(evidence):
    """all_tasks(loop) lists one loop's tasks, from any thread; current_task() is that of a thread.

    Without an argument both need a loop that runs in this thread: "RuntimeError: no running event
    loop".
    """
    with loop_in_a_thread() as other:
        setters = [other.call(lambda: start_waiting(event, [])) for _ in range(2)]
        theirs = [len(asyncio.all_tasks(other.loop))]

        async def main():
            return len(asyncio.all_tasks()), len(asyncio.all_tasks(other.loop))

        theirs += asyncio.run(main())
        refused = [outcome(asyncio.all_tasks), outcome(asyncio.current_task)]
        for setter in setters:
            other.loop.call_soon_threadsafe(setter)
        until(lambda: not KEPT, "the tasks to end")
    assert evidence(theirs_and_ours_and_theirs=theirs) == [2, 1, 2]
    assert {*map(repr, evidence(refused=refused))} == {"RuntimeError('no running event loop')"}
