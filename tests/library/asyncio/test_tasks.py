"""asyncio's tasks: when they start, who keeps them, what they tell of themselves.

Source: https://docs.python.org/3/library/asyncio-task.html
"""

import asyncio
import concurrent.futures
import contextvars
import io
import threading
import warnings

from tests.harness import (
    applies,
    before,
    cases,
    claim,
    control,
    kinds,
    never,
    outcome,
    predicts,
    refuted,
    since,
    until,
)
from tests.library.asyncio.running import (
    asleep,
    collect,
    forever,
    messages_of,
    outcome_of,
    own_loop,
    run,
    steps,
)

every_spec = [own_loop]

since_312 = applies(where=since("3.12.0"), because="3.12 added eager tasks (gh-97696)")
since_314 = applies(where=since("3.14.0"), because="3.14 added call graphs (gh-91048)")


async def work():
    """Do nothing, at once."""


async def fail():
    """Raise an exception."""
    raise ValueError("of the task")


@claim("TASK01")
def test_a_task_needs_a_running_loop(evidence):
    """asyncio.create_task() needs a running event loop: elsewhere it raises RuntimeError.

    "RuntimeError: no running event loop".  You might expect the task to start when asyncio.run()
    starts.  Create it in a coroutine; from another thread, use asyncio.run_coroutine_threadsafe().
    The difference between asyncio.create_task() and ensure_future(): create_task() takes coroutines
    only; ensure_future() takes any awaitable, and returns a task or future as it is.  The
    difference between a future and a task: a task is a future that runs a coroutine.
    """
    coroutine = work()
    error = outcome(asyncio.create_task, coroutine)
    coroutine.close()
    assert evidence(error=repr(error)) == "RuntimeError('no running event loop')"


@claim("TASK02")
def test_a_task_that_nobody_refers_to_can_vanish(evidence):
    """The loop refers to its tasks weakly: one that nobody keeps can vanish before it has ended.

    You might expect asyncio.create_task(work()) to be safe, fire and forget.  But a task that waits
    for what only the task itself knows is garbage collected, and all that is seen of it is "Task
    was destroyed but it is pending!" in the log: tasks disappear.  Keep a reference until the task
    has ended, or use a TaskGroup (since 3.11), which does.  To get the return value of
    asyncio.create_task(), await the task.
    """

    async def main():
        messages = messages_of(asyncio.get_running_loop())
        kept = asyncio.create_task(forever(), name="kept")
        asyncio.create_task(forever(), name="lost")  # noqa: RUF006 - nobody shall keep it
        await steps()
        collect()
        names = {task.get_name() for task in asyncio.all_tasks()}
        return names & {kept.get_name(), "lost"}, messages

    left, messages = run(main)
    assert evidence(tasks_left=left, told=messages) == (
        {"kept"},
        ["Task was destroyed but it is pending!"],
    )


@claim("TASK03")
def test_an_exception_in_a_task_is_told_when_the_task_is_freed(evidence):
    """An exception in a task that nobody awaits is logged only when the task is freed.

    You might expect a traceback at once, as from a thread.  The program goes on, and as long as
    someone refers to the task, the exception is lost.  Afterwards the log has "Task exception was
    never retrieved".  Await your tasks, or use a TaskGroup (since 3.11).
    """

    async def main():
        messages = messages_of(asyncio.get_running_loop())
        task = asyncio.create_task(fail())
        await steps()
        control(task.done(), "the task must have failed")
        while_kept = list(messages)
        del task
        collect()
        return while_kept, messages

    assert evidence(while_kept_and_later=run(main)) == ([], ["Task exception was never retrieved"])


@claim("TASK04")
def test_calling_a_coroutine_function_runs_nothing(evidence):
    """Calling a coroutine function runs nothing of it: work() without await only gives a warning.

    "RuntimeWarning: coroutine 'work' was never awaited" comes when the coroutine is freed, so on
    PyPy at any later time.  Write await work(), or create a task.  What is a coroutine?  The object
    that such a call returns.  The difference between a task and a coroutine: a task runs beside
    others; a coroutine runs while it is awaited.  The difference between a coroutine and a thread:
    coroutines of one thread take turns, and only at an await.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
        collect()
    warned = [f"{one.category.__name__}: {one.message}" for one in caught]
    assert evidence(warned=warned) == ["RuntimeWarning: coroutine 'work' was never awaited"]


def log_of(create):
    """Return the order of things around the creation of a task that logs, waits and logs."""
    log = []

    async def logging():
        log.append("the task begins")
        await asyncio.sleep(0)
        log.append("the task ends")

    async def main():
        coroutine = logging()
        try:
            task = create(coroutine)
            log.append("the task is created")
            await task
        finally:
            coroutine.close()  # where no task was made of it

    run(main)
    return log


@claim("TASK05")
def test_a_new_task_starts_when_its_creator_waits(evidence):
    """A new task does not start before its creator awaits something.

    You might expect create_task() to start the task, as Thread.start() starts a thread.  But the
    task is not running until the next await: the loop starts it when it gets control.  A creator
    that computes, or calls what blocks, delays all its tasks.  Eager tasks (since 3.12) start at
    once.
    """
    log = log_of(lambda coroutine: asyncio.create_task(coroutine))
    assert evidence(log=log) == ["the task is created", "the task begins", "the task ends"]


def by_factory(factory):
    """Return a function that creates a task with this factory set."""

    def create(coroutine):
        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)
        control(loop.get_task_factory() is factory, "the factory must be set")
        task = asyncio.create_task(coroutine)
        loop.set_task_factory(None)
        return task

    return create


def by_the_factory(coroutine):
    return by_factory(asyncio.eager_task_factory)(coroutine)


def by_an_own_factory(coroutine):
    return by_factory(asyncio.create_eager_task_factory(asyncio.Task))(coroutine)


def by_the_class(coroutine):
    return asyncio.Task(coroutine, loop=asyncio.get_running_loop(), eager_start=True)


def by_create_task(coroutine):
    return asyncio.create_task(coroutine, eager_start=True)


@claim("TASK06")
@since_312
@cases(
    way={
        "eager_task_factory": by_the_factory,
        "a factory of one's own": by_an_own_factory,
        "Task": by_the_class,
        "create_task": by_create_task,
    }
)
@refuted(
    where=before("3.14.0"),
    way="create_task",
    because="asyncio.create_task() passes eager_start on since 3.14 (gh-128307)",
    by="TypeError: create_task() got an unexpected keyword argument 'eager_start'",
)
def test_an_eager_task_runs_inside_create_task(way, evidence):
    """An eager task runs inside create_task() until it waits: the order of things changes.

    loop.set_task_factory(asyncio.eager_task_factory), since Python 3.12, makes all tasks so, and
    code that relied on a new task to start later breaks.  asyncio.create_task(...,
    eager_start=True) came in 3.14, that of the loop in 3.13.3; before, "TypeError: create_task()
    got an unexpected keyword argument 'eager_start'".
    """
    assert evidence(log=log_of(way)) == [
        "the task begins",
        "the task is created",
        "the task ends",
    ]


@claim("TASK07")
@since_312
def test_an_eager_task_that_never_waits_is_done_at_once(evidence):
    """An eager task that never waits is done when create_task() returns; nobody could cancel it.

    No other task had a turn meanwhile.  You might expect cancel() right after create_task() to keep
    the task from running, as it does with others.
    """
    ran = []

    async def note(name):
        ran.append(name)

    async def main():
        eager = by_factory(asyncio.eager_task_factory)(note("eager"))
        other = asyncio.create_task(note("other"))
        seen = eager.done(), eager.cancel(), other.done(), other.cancel()
        await steps()
        return seen

    assert evidence(done_and_cancelled=run(main), ran=ran) == (
        (True, False, False, True),
        ["eager"],
    )


EAGER = """
import asyncio

async def work():
    pass

async def main():
    task = asyncio.eager_task_factory(asyncio.get_running_loop(), work())
    print(task.done(), task.get_coro())

asyncio.run(main())
"""


@claim("TASK60")
@predicts("N171")
@since_312
@refuted(
    where=before("3.12.5"),
    because="3.12.0 to 3.12.4 crash there (gh-122332)",
    by="AssertionError",
)
def test_an_eager_task_that_never_waited_has_no_coroutine(programs, evidence):
    """Task.get_coro() is None for an eager task that was done when create_task() returned.

    So what names or traces tasks by get_coro().__qualname__ or cr_frame raises "'NoneType' object
    has no attribute 'cr_frame'"; in 3.12.0 to 3.12.4 get_coro() ends the program by a segmentation
    fault, signal 11 (gh-122332).  Instead: 3.12.5, and ask whether it is None, or for get_name().
    """
    program = programs.run(EAGER)
    assert evidence(done_and_coroutine=program.lines, exit_code=program.exit_code) == (
        ["True None"],
        0,
    )


@claim("TASK08")
@cases(method=("set_result", "set_exception"))
def test_nobody_sets_the_result_of_a_task(method, evidence):
    """A task has the result of its coroutine: set_result() and set_exception() raise RuntimeError.

    "RuntimeError: Task does not support set_result operation".  A Task is a Future, but only its
    coroutine decides how it ends.  For a result from elsewhere use loop.create_future().
    """

    async def main():
        return outcome(getattr(asyncio.create_task(work()), method), ValueError())

    text = f"RuntimeError('Task does not support {method} operation')"
    assert evidence(error=repr(run(main))) == text


@claim("TASK09")
def test_a_done_callback_waits_for_the_loop(evidence):
    """A done callback is called in the loop's next round, even when it is added to a done task.

    A Future of concurrent.futures calls it at once, inside add_done_callback().  So here the code
    after add_done_callback() comes first.
    """
    calls = []

    async def main():
        task = asyncio.create_task(work())
        await task
        task.add_done_callback(calls.append)
        at_once = len(calls)
        await steps()
        return at_once, calls == [task]

    assert evidence(called_at_once_and_later=run(main)) == (0, True)


@claim("TASK10")
def test_remove_done_callback_removes_every_addition(evidence):
    """A callback added twice is called twice; remove_done_callback() removes both and returns 2."""
    calls = []

    def call(_):
        calls.append("call")

    async def main():
        kept, removed = (asyncio.create_task(work()) for _ in range(2))
        for task in (kept, kept, removed, removed):
            task.add_done_callback(call)
        counts = [removed.remove_done_callback(call) for _ in range(2)]
        await steps()
        return counts

    assert evidence(removed=run(main), calls=calls) == ([2, 0], ["call", "call"])


async def outer():
    """Wait in inner()."""
    await inner()


async def inner():
    """Wait for what never happens."""
    await forever()


@claim("TASK11")
def test_the_stack_of_a_waiting_task_is_its_outermost_frame(evidence):
    """get_stack() and print_stack() of a waiting task show its outermost coroutine alone.

    You might expect to see where the task hangs.  The one frame is that of the coroutine that
    create_task() was given, get_coro(), not of what that awaits.  Since 3.14,
    asyncio.print_call_graph() shows the whole chain.
    """
    file = io.StringIO()

    async def main():
        task = asyncio.create_task(outer())
        await steps()
        task.print_stack(file=file)
        return [frame.f_code.co_name for frame in task.get_stack()], task.get_coro().__name__

    assert evidence(stack_and_coroutine=run(main)) == (["outer"], "outer")
    assert "in outer" in file.getvalue()
    assert "in inner" not in evidence(printed=file.getvalue())


@claim("TASK12")
@since_314
def test_a_call_graph_shows_where_a_task_waits(evidence):
    """A call graph shows the whole chain of coroutines in which a task waits, and who awaits it.

    Since 3.14: asyncio.capture_call_graph(), format_call_graph() and print_call_graph().  What
    waits for a future in a way of its own says so by future_add_to_awaited_by().
    """
    file = io.StringIO()

    async def main():
        task, friend = (asyncio.create_task(outer(), name=name) for name in ("task", "friend"))
        await steps()
        asyncio.future_add_to_awaited_by(task, friend)
        graph = asyncio.capture_call_graph(task)
        asyncio.print_call_graph(task, file=file)
        control(isinstance(graph, asyncio.FutureCallGraph), f"a graph, not {graph}")
        control(isinstance(graph.call_stack[0], asyncio.FrameCallGraphEntry), "of frames")
        control(file.getvalue().strip() == asyncio.format_call_graph(task).strip(), "one text")
        asyncio.future_discard_from_awaited_by(task, friend)
        later = asyncio.capture_call_graph(task).awaited_by
        names = [entry.frame.f_code.co_name for entry in graph.call_stack]
        awaited_by = [other.future.get_name() for other in graph.awaited_by]
        return graph.future is task, names, awaited_by, later

    assert evidence(graph=run(main)) == (True, ["forever", "inner", "outer"], ["friend"], ())
    assert "inner()" in evidence(printed=file.getvalue())


@claim("TASK13")
def test_a_callback_of_the_loop_is_in_no_task(evidence):
    """current_task() is None in a callback, and raises RuntimeError where no loop runs.

    "RuntimeError: no running event loop".  So what needs a task does not work in a callback:
    asyncio.timeout() says "Timeout should be used inside a task", and aiohttp "Timeout context
    manager should be used inside a task", as in a coroutine that a nested or foreign loop drives.
    """

    async def main():
        seen = asyncio.get_running_loop().create_future()
        seen.get_loop().call_soon(lambda: seen.set_result(asyncio.current_task()))
        task = asyncio.create_task(asyncio.sleep(0, asyncio.current_task))
        return (await task)() is not None, await seen

    no_loop = outcome(asyncio.current_task)
    assert evidence(in_a_coroutine_and_callback=run(main)) == (True, None)
    assert evidence(outside=repr(no_loop)) == "RuntimeError('no running event loop')"


@claim("TASK14")
@predicts("N168")
def test_all_tasks_are_those_of_one_loop(background, evidence):
    """all_tasks() has the unfinished tasks of the running loop, none of other threads' loops.

    So a program that waits for all_tasks() at its end misses those of its other threads.
    asyncio.Task.all_tasks() and asyncio.Task.current_task() went with 3.9: "type object
    '_asyncio.Task' has no attribute 'all_tasks'".  Write asyncio.all_tasks(), current_task().
    """

    async def names():
        return {task.get_name() for task in asyncio.all_tasks()} & {"done", "waiting"}

    async def main():
        done, waiting = asyncio.create_task(work()), asyncio.create_task(forever())
        done.set_name("done")
        waiting.set_name("waiting")
        await done
        return await names(), background(run, names).result()

    assert evidence(here_and_in_a_thread=run(main)) == ({"waiting"}, set())
    gone = [outcome(getattr, asyncio.Task, name) for name in ("all_tasks", "current_task")]
    assert kinds(evidence(methods=gone)) == ["AttributeError"] * 2


@claim("TASK15")
def test_a_coroutine_is_awaited_once_and_a_task_often(evidence):
    """A coroutine can be awaited once; a task, such as ensure_future() makes, as often as you like.

    "RuntimeError: cannot reuse already awaited coroutine".  ensure_future() makes a task of a
    coroutine, and returns a task or future as it is.
    """

    async def answer():
        return 42

    async def main():
        coroutine, task = answer(), asyncio.ensure_future(answer())
        control(asyncio.iscoroutine(coroutine), "answer() is a coroutine")
        control(asyncio.isfuture(task) and not asyncio.isfuture(coroutine), "the task is a future")
        same = asyncio.ensure_future(task) is task
        return same, [await outcome_of(one) for one in (coroutine, coroutine, task, task)]

    same, results = run(main)
    assert evidence(same_task=same, results=repr(results)) == (
        True,
        "[42, RuntimeError('cannot reuse already awaited coroutine'), 42, 42]",
    )


@claim("TASK16")
def test_a_future_of_another_loop_cannot_be_awaited(evidence):
    """A task cannot await a future or task of another loop, so of another thread: RuntimeError.

    "RuntimeError: Task <Task pending ...> got Future <Future pending> attached to a different
    loop".  That happens to what is kept from an earlier asyncio.run(), too, such as a client's
    connection.  Between threads, use asyncio.run_coroutine_threadsafe().
    """

    async def make():
        return asyncio.get_running_loop().create_future()

    async def main(future):
        return await outcome_of(future)

    error = repr(run(main, run(make)))
    assert "got Future <Future pending> attached to a different loop" in evidence(error=error)


@claim("TASK17")
def test_a_thread_s_cancel_does_not_wake_the_loop(background, evidence):
    """Task.cancel() in another thread does not wake the loop: the task hangs until something does.

    Tasks are not thread-safe.  Often something wakes the loop anyway, so the bug shows as a delay.
    Use loop.call_soon_threadsafe(task.cancel).
    """

    async def main():
        loop, thread = asyncio.get_running_loop(), threading.get_ident()
        task = asyncio.create_task(forever())
        await steps()

        def cancel():
            until(lambda: asleep(thread), "the loop to sleep")
            task.cancel()
            slept_on = never(task.done)
            loop.call_soon_threadsafe(int)
            return slept_on

        cancelling = background(cancel)
        await outcome_of(task)
        return cancelling.result(), task.cancelled()

    assert evidence(slept_on_and_cancelled_later=run(main)) == (True, True)


@claim("TASK18")
@applies(where=since("3.12.0"), because="3.12 added Task.get_context() (gh-96704)")
def test_a_task_tells_its_context(evidence):
    """Task.get_context() is the copy of the context that the task runs in, and can be looked into.

    So a debugger sees a task's own ContextVar values, such as a request's id, from outside.
    """
    var = contextvars.ContextVar("var")

    async def main():
        async def change():
            var.set("inner")
            await forever()

        var.set("outer")
        task = asyncio.create_task(change())
        await steps()
        return var.get(), task.get_context()[var]

    assert evidence(here_and_in_the_task=run(main)) == ("outer", "inner")


@claim("TASK46")
def test_a_future_of_an_executor_is_not_awaitable(evidence):
    """The Future of executor.submit() cannot be awaited; asyncio.wrap_future() makes it awaitable.

    "TypeError: object Future can't be used in 'await' expression", since 3.14 "TypeError: 'Future'
    object can't be awaited" (with NoneType: the function is no async function, so call it without
    await).  Its result() in a coroutine stops the loop.  Write `await asyncio.wrap_future(future)`,
    or use loop.run_in_executor().
    """

    async def main():
        future = concurrent.futures.Future()
        error = await outcome_of(wait_for(future))
        wrapped = asyncio.wrap_future(future)
        future.set_result(42)
        return repr(error), await wrapped

    async def wait_for(future):
        return await future

    error, result = run(main)
    assert evidence(error=error) == (
        "TypeError(\"'Future' object can't be awaited\")"
        if since("3.14.0")
        else "TypeError(\"object Future can't be used in 'await' expression\")"
    )
    assert evidence(wrapped=result) == 42
