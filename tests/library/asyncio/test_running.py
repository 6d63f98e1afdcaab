"""Event loops: which one is current, who makes, runs, stops and closes it, and how policies end.

Source: https://docs.python.org/3/library/asyncio-runner.html and asyncio-policy.html
"""

import asyncio
import contextvars
import functools
import inspect
import re
import select
import socket
import threading
import unittest
import warnings

from tests.harness import (
    PATIENCE,
    POSIX,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    concerns,
    control,
    kinds,
    needs_posix,
    outcome,
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

PROGRAM = """
import asyncio, warnings

def ask(when):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            asyncio.get_event_loop().close()
            answer = "a loop"
        except RuntimeError as error:
            answer = f"RuntimeError: {error}"
    print(when, answer, *(f"({one.category.__name__}: {one.message})" for one in seen), sep="|")

async def main():
    pass

ask("at first")
asyncio.run(main())
ask("after asyncio.run()")
"""

NO_LOOP = "RuntimeError: There is no current event loop in thread 'MainThread'."


def answers(programs):
    """Return what get_event_loop() gives the main thread of a program, and warnings, by moment."""
    program = programs.once(PROGRAM)
    control((program.exit_code, program.err) == (0, ""), f"the program: {program.err}")
    return {when: rest for when, *rest in (line.split("|") for line in program.lines)}


@claim("LOOP01")
@concerns("no current loop")
@predicts("H01")
@refuted(where=before("3.14.0"), because="3.14 took this from get_event_loop() (gh-126353)")
def test_get_event_loop_makes_no_loop(programs, evidence):
    """asyncio.get_event_loop() makes no event loop: without a current one it raises RuntimeError.

    "RuntimeError: There is no current event loop in thread 'MainThread'."  Until 3.13 the first
    call in the main thread made a loop, so loop = asyncio.get_event_loop() was how scripts and
    constructors of libraries began.  asyncio.Future(), StreamReader() and ensure_future() outside a
    coroutine ask for the loop in the same way.  Use asyncio.run(); in a coroutine
    get_running_loop(); for a loop of your own new_event_loop(), set_event_loop() and close(), and
    loop.create_future().
    """
    answer = evidence(at_first=answers(programs)["at first"])
    control(answer[0] in ("a loop", NO_LOOP), f"the answer: {answer}")
    assert answer == [NO_LOOP]


BY_EXEC = """
import warnings
warnings.simplefilter("ignore")
code = "import asyncio; asyncio.get_event_loop().close()"
try:
    exec(code, GLOBALS)
    print("a loop")
except (AttributeError, RuntimeError) as error:
    print(type(error).__name__, error, sep=": ")
"""


@claim("LOOP89")
@predicts("N216")
@refuted(
    where=(since("3.10.9", "3.11.1") and before("3.10.10", "3.11.2")) or since("3.12.0"),
    because="to warn, get_event_loop() asks for the __name__ of its callers (gh-100160); 3.14 "
    "makes no loop anyway (gh-126353)",
)
def test_get_event_loop_works_by_exec(programs, evidence):
    """asyncio.get_event_loop() makes a loop for code that exec() runs with a dict of its own.

    Consoles, debuggers and plug-ins run code so.  In 3.10.9, 3.11.1, 3.12 and 3.13 the main thread
    gets "AttributeError: 'NoneType' object has no attribute 'startswith'" from asyncio/events.py,
    if the dict has no "__name__"; since 3.14 it is "RuntimeError: There is no current event loop in
    thread 'MainThread'.", as everywhere.  Instead: exec(code, {"__name__": "console"}), and
    new_event_loop() and set_event_loop() before it.
    """
    named = programs.once(BY_EXEC.replace("GLOBALS", '{"__name__": "console"}'))
    control(named.lines == [NO_LOOP if since("3.14.0") else "a loop"], f"with a name: {named}")
    assert evidence(printed=programs.once(BY_EXEC.replace("GLOBALS", "{}")).lines) == ["a loop"]


@claim("LOOP02")
def test_after_asyncio_run_there_is_no_current_loop(programs, evidence):
    """After asyncio.run(main()), get_event_loop() raises in the main thread too, on every release.

    "RuntimeError: There is no current event loop in thread 'MainThread'."  asyncio.run() closes its
    loop and sets the current loop to None, and that counts as a choice.  So a program that mixed
    asyncio.run() and get_event_loop() failed long before 3.14, depending on which came first.  (In
    3.12 and 3.13 run(main(), loop_factory=...) leaves the current loop alone.)
    """
    assert evidence(afterwards=answers(programs)["after asyncio.run()"]) == [NO_LOOP]


@claim("LOOP03")
def test_another_thread_has_no_loop_until_one_is_set(background, evidence):
    """In a thread besides the main one get_event_loop() raises until set_event_loop() is called.

    "RuntimeError: There is no current event loop in thread '...'."  Workers of Flask, Streamlit or
    a ThreadPoolExecutor meet this.  new_event_loop() alone changes nothing.  The current loop
    belongs to a thread: others do not see it.  asyncio.run() works in any thread.
    """

    def work():
        loop = asyncio.new_event_loop()
        found = [outcome(asyncio.get_event_loop)]
        asyncio.set_event_loop(loop)
        found += [asyncio.get_event_loop(), background(outcome, asyncio.get_event_loop).result()]
        asyncio.set_event_loop(None)
        loop.close()
        return [one if one is not loop else "the loop" for one in found]

    found = evidence(made_and_set_and_elsewhere=background(work).result())
    assert kinds(found) == ["RuntimeError", "str", "RuntimeError"]
    assert str(found[0]).startswith("There is no current event loop in thread '")


async def nothing():
    """Do nothing, in a coroutine."""


REFUSALS = (
    "asyncio.run() cannot be called from a running event loop",
    "Runner.run() cannot be called from a running event loop",
    "This event loop is already running",
    "Cannot run the event loop while another loop is running",
)


async def run_inside(run):
    """Return what comes of running a coroutine in this one."""
    coroutine = nothing()
    try:
        return outcome(run, coroutine)
    finally:
        coroutine.close()


@claim("LOOP04")
@cases(
    runs={
        "asyncio.run": asyncio.run,
        "the same loop": lambda coroutine: asyncio.get_running_loop().run_until_complete(coroutine),
        "another loop": lambda coroutine: in_a_new_loop(coroutine),
    }
)
def test_no_loop_runs_inside_a_running_loop(runs, evidence):
    """A thread whose event loop runs cannot run that loop, or another one, inside it.

    "RuntimeError: asyncio.run() cannot be called from a running event loop", "RuntimeError: This
    event loop is already running", "RuntimeError: Cannot run the event loop while another loop is
    running".  Jupyter's cells and pytest's async tests are such places.  How to run async code in a
    Jupyter notebook: await the coroutine in the cell.  Elsewhere run it in another thread.
    nest_asyncio lets loops run within others, at a price: "Cannot enter into task ... while another
    task ... is being executed", "Leaving task ... does not match the current task".
    """
    refusal = evidence(refusal=asyncio.run(run_inside(runs)))
    assert repr(refusal) in {f"RuntimeError({text!r})" for text in REFUSALS}


def in_a_new_loop(coroutine):
    """Run the coroutine in a loop of its own."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()


@claim("LOOP04")
@applies(where=since("3.11.0"), because="3.11 added asyncio.Runner")
def test_a_runner_does_not_run_inside_a_loop(evidence):
    """A Runner refuses to run inside a running loop, too.

    "RuntimeError: Runner.run() cannot be called from a running event loop".
    """
    refusal = evidence(refusal=asyncio.run(run_inside(asyncio.Runner().run)))
    assert repr(refusal) == f"RuntimeError({REFUSALS[1]!r})"


def loop_that_runs_here():
    """Return the loop that runs in this thread, or the exception that says that none does."""
    return outcome(asyncio.get_running_loop)


@claim("LOOP84")
@predicts("N162")
def test_a_function_that_is_not_async_runs_in_the_loop_of_its_caller(evidence):
    """A plain function that a coroutine calls finds a running loop; in to_thread() it finds none.

    By that a library knows that async code calls it, and may refuse.  Django says
    SynchronousOnlyOperation, "You cannot call this from an async context - use a thread or
    sync_to_async."; asgiref "You cannot use AsyncToSync in the same thread as an async event loop";
    Playwright "It looks like you are using Playwright Sync API inside the asyncio loop".  The same
    in a cell of Jupyter or IPython and in an async test, and in the main thread once Playwright's
    sync API, which runs a loop there, has begun.  Instead: await asyncio.to_thread(function), or
    give it to a thread pool.
    """

    async def main():
        return loop_that_runs_here(), await asyncio.to_thread(loop_that_runs_here)

    here, in_a_thread = run(main)
    assert isinstance(evidence(here=here), asyncio.AbstractEventLoop)
    assert repr(evidence(in_a_thread=in_a_thread)) == "RuntimeError('no running event loop')"


@claim("LOOP05")
def test_a_closed_loop_takes_nothing_more(evidence):
    """A closed loop refuses callbacks, calls from threads, executors and runs: it cannot reopen.

    "RuntimeError: Event loop is closed".  asyncio.run() closes its loop, so what keeps that loop
    for later, as clients, sessions and pools made inside asyncio.run() do, fails so in the next
    asyncio.run(); uvloop says "unable to perform operation on <TCPTransport closed=True ...>; the
    handler is closed".  On Windows, up to 3.10.5, a connection that was not closed prints it at the
    end of the program: "Exception ignored in: <function _ProactorBasePipeTransport.__del__ ...>",
    which does no harm.  A second close() does nothing.
    """
    loop, coroutine = asyncio.new_event_loop(), nothing()
    control(not loop.is_closed(), "a new loop must be open")
    loop.close()
    loop.close()
    refused = [
        outcome(loop.call_soon, int),
        outcome(loop.call_later, 0, int),
        outcome(loop.call_soon_threadsafe, int),
        outcome(loop.run_in_executor, None, int),
        outcome(loop.run_until_complete, coroutine),
        outcome(loop.run_forever),
    ]
    coroutine.close()
    assert evidence(closed=loop.is_closed()) is True
    assert evidence(refused=set(map(repr, refused))) == {"RuntimeError('Event loop is closed')"}


@claim("LOOP06")
def test_a_running_loop_cannot_be_closed(evidence):
    """A loop cannot close itself while it runs, and stays as it is.

    "RuntimeError: Cannot close a running event loop".  Call stop(), and close() when run_forever()
    has returned.
    """

    async def main():
        loop = asyncio.get_running_loop()
        refused = outcome(loop.close)
        await asyncio.sleep(0)
        return refused, loop.is_closed()

    refused, closed = evidence(refused_closed=asyncio.run(main()))
    assert repr(refused) == "RuntimeError('Cannot close a running event loop')"
    assert closed is False


@claim("LOOP07")
def test_every_thread_can_run_a_loop_of_its_own(background, evidence):
    """Several threads can each run a loop at the same time; get_running_loop() returns their own.

    So you can call asyncio.run() in a thread.  Where no loop runs: "RuntimeError: no running event
    loop".  So also in to_thread() and in the callbacks of a thread pool: hand the loop over as an
    argument there.
    """
    meeting = threading.Barrier(3)

    async def main():
        meeting.wait(PATIENCE)  # blocks this loop until the others run too
        return asyncio.get_running_loop()

    threads = [background(asyncio.run, main()) for _ in range(3)]
    loops = [thread.result() for thread in threads]
    outside = outcome(asyncio.get_running_loop)
    assert evidence(loops=len(set(map(id, loops)))) == 3
    assert evidence(outside=repr(outside)) == "RuntimeError('no running event loop')"


def start_and_leave(log):
    """Return a coroutine that starts a task and an asynchronous generator, and leaves them."""

    async def tell(name):
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            log.append(f"{name} cancelled")
            raise

    async def generate():
        try:
            yield 1
        finally:
            log.append("generator closed")

    async def main():
        left = asyncio.create_task(tell("task")), generate()
        async for _ in left[1]:
            break
        await asyncio.sleep(0)
        log.append("main ended")
        return left

    return main()


@claim("LOOP08")
def test_asyncio_run_cancels_what_is_left(evidence):
    """asyncio.run() cancels the tasks that are left when its coroutine ends: it waits for none.

    You might expect it to wait for all that create_task() started, as a program waits for its
    threads.  It then closes asynchronous generators.  Await the tasks, or use a TaskGroup.  So
    there is no need to cancel all tasks on exit.
    """
    log = []
    task, _generator = asyncio.run(start_and_leave(log))
    assert evidence(log=log) == ["main ended", "task cancelled", "generator closed"]
    assert task.cancelled()


@claim("LOOP09")
def test_run_until_complete_leaves_tasks_as_they_are(evidence):
    """loop.run_until_complete() leaves other tasks pending; they go on when the loop runs again.

    Nothing runs in between: an event loop has no thread of its own.  Cancel them, and run
    loop.shutdown_asyncgens(), before close(), as asyncio.run() does.  The difference between
    asyncio.run() and loop.run_until_complete(): run() makes a new loop, cancels what is left, and
    closes the loop.
    """
    log, loop = [], asyncio.new_event_loop()
    task, _generator = loop.run_until_complete(start_and_leave(log))
    pending = not task.done()
    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    assert evidence(pending=pending) is True
    assert evidence(log=log) == ["main ended", "task cancelled", "generator closed"]


@claim("LOOP10")
@applies(where=since("3.11.0"), because="3.11 added asyncio.Runner")
def test_a_runner_keeps_its_loop(evidence):
    """A Runner's run() calls share one loop and one context; each asyncio.run() makes a new loop.

    So what is bound to a loop, such as a session or a pool of connections, lives from one
    Runner.run() to the next.  After close(): "RuntimeError: Runner is closed".  It came with 3.11
    (before: module 'asyncio' has no attribute 'Runner').
    """
    variable = contextvars.ContextVar("variable", default=0)

    async def count():
        variable.set(variable.get() + 1)
        return asyncio.get_running_loop(), variable.get()

    runner = asyncio.Runner()
    found = [runner.run(count()), runner.run(count())]
    loop = runner.get_loop()
    runner.close()
    closed = outcome(runner.get_loop)
    others = [asyncio.run(count()), asyncio.run(count())]
    assert evidence(counted=[number for _, number in found + others]) == [1, 2, 1, 1]
    assert {found[0][0], found[1][0]} == {loop}
    assert len({loop, others[0][0], others[1][0]}) == 3
    assert evidence(closed=repr(closed)) == "RuntimeError('Runner is closed')"


NO_POLICIES = "3.16 removed policies (gh-127949)"


def run_in_a_loop_of_the_policy():
    """Return whether asyncio.run(), alone and with a loop_factory, asks a policy for its loop."""
    warnings.simplefilter("ignore")
    asked = []

    if hasattr(asyncio, "DefaultEventLoopPolicy"):

        class Policy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self):
                asked.append(1)
                return super().new_event_loop()

        asyncio.set_event_loop_policy(Policy())
    asyncio.run(nothing())
    by_policy = len(asked)
    try:
        asyncio.run(nothing(), loop_factory=asyncio.SelectorEventLoop)
    except TypeError as error:
        return by_policy, f"TypeError: {error}"
    return by_policy, len(asked) - by_policy


@claim("LOOP11")
@concerns("policy of event loops")
@refuted(where=since("3.16.0"), because=NO_POLICIES)
def test_a_policy_makes_the_loop_of_asyncio_run(programs, evidence):
    """asyncio.run() runs the loop that the event loop policy makes, on all releases until 3.15.

    So uvloop.install() and WindowsSelectorEventLoopPolicy take effect in code that knows nothing
    of them.  Policies are deprecated since 3.14, and gone in 3.16, where asyncio has no
    set_event_loop_policy().
    """
    by_policy, _by_factory = programs.once(run_in_a_loop_of_the_policy)
    assert evidence(policy_asked=by_policy) == 1


@claim("LOOP12")
@predicts("N174")
@refuted(where=before("3.12.0"), because="3.12 added the parameter to asyncio.run()")
def test_a_loop_factory_needs_no_policy(programs, evidence):
    """asyncio.run(..., loop_factory=SelectorEventLoop) makes the loop itself, and asks no policy.

    It is what replaces policies.  Before 3.12: "TypeError: run() got an unexpected keyword argument
    'loop_factory'"; 3.11 has asyncio.Runner(loop_factory=...).  Later too, "_patch_asyncio.<locals>
    .run() got an unexpected keyword argument 'loop_factory'" comes of a run() that somebody has put
    in its place: nest_asyncio, or a debugger.  Since 3.12 uvicorn passes one.
    """
    _by_policy, by_factory = programs.once(run_in_a_loop_of_the_policy)
    assert evidence(policy_asked=by_factory) == 0


@claim("LOOP13")
@cases(
    name=(
        "get_event_loop_policy",
        "set_event_loop_policy",
        "AbstractEventLoopPolicy",
        "DefaultEventLoopPolicy",
    )
)
@refuted(where=before("3.14.0"), because="3.14 deprecated policies (gh-127949)")
@refuted(
    where=since("3.16.0"),
    because=NO_POLICIES,
    by="AttributeError: module 'asyncio' has no attribute ",
)
def test_using_loop_policies_warns(name, evidence):
    """Whatever touches an event loop policy warns in 3.14 and 3.15; in 3.16 policies are gone.

    "DeprecationWarning: 'asyncio.get_event_loop_policy' is deprecated and slated for removal in
    Python 3.16".  In 3.16 asyncio has none of these names, and asking for one raises
    AttributeError.  Use asyncio.run(..., loop_factory=...), or a Runner.  asyncio.set_event_loop()
    and new_event_loop() stay, and do not warn.
    """
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        used = getattr(asyncio, name)
        if name.startswith("get"):
            used()
        if name.startswith("set"):
            used(None)
        asyncio.set_event_loop(None)
        asyncio.new_event_loop().close()
    texts = evidence(warnings=[f"{one.category.__name__}: {one.message}" for one in seen])
    beginning = f"DeprecationWarning: 'asyncio.{name}' is deprecated and slated for removal"
    assert [text[: len(beginning)] for text in texts] == [beginning]


@claim("LOOP14")
@refuted(
    where=since("3.16.0"),
    because=NO_POLICIES,
    by="AttributeError: module 'asyncio' has no attribute 'get_event_loop_policy'",
)
def test_a_policy_keeps_the_current_loop_by_thread(background, evidence):
    """A policy's get_event_loop(), set_event_loop() and new_event_loop() are what asyncio's call.

    They too go by the thread, so a loop that was set for one thread is not seen in another.
    """

    def work():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            policy = asyncio.get_event_loop_policy()
        loop = policy.new_event_loop()
        policy.set_event_loop(loop)
        found = [asyncio.get_event_loop(), background(outcome, policy.get_event_loop).result()]
        asyncio.set_event_loop(None)
        found.append(outcome(policy.get_event_loop))
        loop.close()
        return ["the loop" if one is loop else type(one).__name__ for one in found]

    found = background(work).result()
    assert evidence(here_and_there=found) == ["the loop", "RuntimeError", "RuntimeError"]


@claim("LOOP15")
@needs_posix
def test_loops_of_posix_are_selector_loops(evidence):
    """On POSIX systems all loops are SelectorEventLoops; since 3.13 asyncio.EventLoop is the same.

    On Windows it is ProactorEventLoop, which has no add_reader().  Every loop is an
    AbstractEventLoop, uvloop's too; asyncio's own are BaseEventLoops.
    """
    with_name = getattr(asyncio, "EventLoop", asyncio.SelectorEventLoop)
    loops = [make() for make in (asyncio.new_event_loop, with_name)]
    for loop in loops:
        loop.close()
    made = evidence(made=[type(loop).__name__ for loop in loops])
    assert made == [asyncio.SelectorEventLoop.__name__] * 2
    assert all(isinstance(loop, asyncio.BaseEventLoop) for loop in loops)
    assert issubclass(asyncio.BaseEventLoop, asyncio.AbstractEventLoop)
    assert hasattr(asyncio, "EventLoop") == since("3.13.0")


@claim("ACHILD18")
@predicts("N154")
def test_a_plain_selector_loop_starts_no_children(evidence):
    """create_subprocess_exec() raises NotImplementedError in the selector loop that Windows has.

    The error has no text.  The SelectorEventLoop of Windows is a BaseSelectorEventLoop and no more.
    The default there is the ProactorEventLoop, which starts children; a policy (set for aiodns,
    pyzmq or psycopg), Jupyter or uvicorn's reload may choose the selector loop.  Instead: leave the
    default, or subprocess.run() in asyncio.to_thread().
    """

    async def main():
        return await outcome_of(asyncio.create_subprocess_exec("true"))

    plain = asyncio.selector_events.BaseSelectorEventLoop
    loop = (asyncio.SelectorEventLoop if WINDOWS else plain)()
    try:
        error = loop.run_until_complete(main())
    finally:
        loop.close()
    assert evidence(raised=repr(error)) == "NotImplementedError()"


@claim("LOOP16")
def test_stop_lets_the_present_round_end(evidence):
    """loop.stop() lets run_forever() return after the callbacks that are ready, not at once.

    That is how to stop an event loop.  What these schedule waits for the next run.
    run_until_complete() then raises "RuntimeError: Event loop stopped before Future completed."
    """
    ran, loop = [], asyncio.new_event_loop()
    loop.call_soon(loop.stop)
    loop.call_soon(lambda: [ran.append("ready"), loop.call_soon(ran.append, "scheduled later")])
    loop.run_forever()
    first = list(ran)
    loop.call_soon(loop.stop)
    stopped = outcome(loop.run_until_complete, loop.create_future())
    loop.close()
    assert evidence(in_the_first_run=first, afterwards=ran[1:]) == (["ready"], ["scheduled later"])
    assert evidence(stopped=repr(stopped)) == (
        "RuntimeError('Event loop stopped before Future completed.')"
    )


@claim("LOOP17")
@refuted(where=before("3.12.0"), because="3.12 ended generator-based coroutines here (gh-102748)")
def test_a_generator_is_no_coroutine(evidence):
    """asyncio.iscoroutine() is false for a generator: only what async def makes is a coroutine.

    Until 3.11 it was true for generators, so asyncio.run() and create_task() took them.
    """
    generator, coroutine = (number for number in ()), nothing()
    told = asyncio.iscoroutine(generator), asyncio.iscoroutine(coroutine)
    coroutine.close()
    control(told[1] is True, "a coroutine must be one")
    assert evidence(generator_and_coroutine=told) == (False, True)


refused_since_316 = refuted(
    where=since("3.16.0"),
    because="3.16 removed it (gh-149600)",
    by="AttributeError: module 'asyncio' has no attribute 'iscoroutinefunction'",
)


@claim("LOOP18")
@refuted(where=before("3.14.0"), because="3.14 deprecated it (gh-122858)")
@refused_since_316
def test_asking_for_a_coroutine_function_warns(evidence):
    """asyncio.iscoroutinefunction() warns in 3.14 and 3.15: use inspect.iscoroutinefunction().

    "DeprecationWarning: 'asyncio.iscoroutinefunction' is deprecated and slated for removal in
    Python 3.16; use inspect.iscoroutinefunction() instead".  Both tell async def functions from
    others; for a mock, create_autospec(async_function), inspect's returns True only since 3.13.  In
    3.16 it is gone, and asking for it raises AttributeError.
    """
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        told = [asyncio.iscoroutinefunction(one) for one in (nothing, len)]
    control(told == [True, False], f"it must tell them apart: {told}")
    control([inspect.iscoroutinefunction(one) for one in (nothing, len)] == told, "inspect too")
    texts = evidence(warnings=sorted({f"{one.category.__name__}: {one.message}" for one in seen}))
    said = (
        "DeprecationWarning: 'asyncio.iscoroutinefunction' is deprecated and slated for removal in "
        "Python 3.16; use inspect.iscoroutinefunction() instead"
    )
    assert texts == [said]


@claim("LOOP74")
@concerns("asyncio's question for coroutine functions")
@refused_since_316
def test_asyncio_tells_coroutine_functions_from_others(evidence):
    """asyncio.iscoroutinefunction() tells async def functions from others.

    Frameworks ask it whether to await a handler, or to give it to a thread.  In 3.16 it is
    gone, and asking for it raises AttributeError.  Instead: inspect.iscoroutinefunction(), which
    every release has.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = [asyncio.iscoroutinefunction(one) for one in (nothing, len)]
    assert evidence(coroutine_function_and_other=told) == [True, False]


@claim("LOOP68")
@predicts("N34")
@refuted(where=since("3.11.0"), because="3.11 runs each of them by a Runner (bpo-47062)")
def test_asyncsetup_runs_in_the_task_of_the_test(evidence):
    """IsolatedAsyncioTestCase runs asyncSetUp() and the test in one task.

    Since 3.11 asyncSetUp(), the test, and asyncTearDown() are three tasks with one context.  What
    belongs to a task fails: a timeout() or a TaskGroup entered in asyncSetUp() cancels a task that
    has ended, and anyio says "Attempted to exit cancel scope in a different task than it was
    entered in".  Instead: enter it in the test itself.
    """
    tasks = []

    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            tasks.append(asyncio.current_task())

        async def test(self):
            tasks.append(asyncio.current_task())

    result = Case("test").run()
    control(result.wasSuccessful() and len(tasks) == 2, f"the test must pass: {result}")
    assert evidence(same=tasks[0] is tasks[1]) is True


GATHERED = """
import asyncio

async def work():
    print("works")

asyncio.run(asyncio.gather(work(), work()))
"""

#: How the errors begin, up to 3.13 and since.
REFUSED_BY = (
    "ValueError: a coroutine was expected, got <_GatheringFuture pending>",
    "RuntimeError: There is no current event loop in thread 'MainThread'.",
)


@claim("LOOP71")
@predicts("N71")
@refuted(because="gather() makes tasks, of another loop, before asyncio.run() makes its own")
def test_asyncio_run_runs_what_gather_returns(programs, evidence):
    """asyncio.run() runs what asyncio.gather() returns.

    Up to 3.13 "ValueError: a coroutine was expected, got <_GatheringFuture pending>", with
    "DeprecationWarning: There is no current event loop" since 3.12.  From 3.14 on gather() raises
    "RuntimeError: There is no current event loop in thread 'MainThread'.", as in other threads
    always.  "RuntimeWarning: coroutine '...' was never awaited" follows.  Instead: await gather()
    in an async def main(), and asyncio.run(main()).
    """
    program = programs.run(GATHERED)
    said = re.findall(r"\w+(?:Error|Warning): .*", program.err)
    control(any(text.startswith(REFUSED_BY) for text in said) or not said, program.err)
    assert evidence(printed=program.lines, said=said) == (["works", "works"], [])


class Answer:
    """What can be awaited, and is neither a coroutine nor a future."""

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return 42


@claim("LOOP72")
@predicts("N86")
@refuted(where=before("3.14.0"), because="up to 3.13 it took coroutines alone (gh-120284)")
def test_asyncio_run_runs_any_awaitable(evidence):
    """asyncio.run() runs any awaitable object, such as one with an __await__ method.

    Since 3.14.  Before, "ValueError: a coroutine was expected, got <...Answer object at 0x...>",
    for lazy queries and requests of libraries that are awaited elsewhere without ado.  What is no
    awaitable, such as the function main instead of main(), is refused always; from 3.14 on it is
    "TypeError: An asyncio.Future, a coroutine or an awaitable is required".  Instead: await it in
    an async def main(), and asyncio.run(main()).
    """
    result = outcome(asyncio.run, Answer())
    refused = str(result).startswith("a coroutine was expected, got ")
    control(result == 42 or refused, f"the result: {result!r}")
    evidence(of_a_function=repr(outcome(asyncio.run, print)))
    assert evidence(result=result) == 42


@claim("LOOP75")
@refuted(because="run() gives it to the loop's exception handler, which logs it, and returns")
def test_run_raises_what_its_last_tasks_raise(evidence):
    """asyncio.run() raises what a task raises that it has to cancel at its end.

    A finally or an `except CancelledError` that fails, for want of a connection, say, is only
    logged: "unhandled exception during asyncio.run() shutdown", and the program ends with status 0.
    Instead: end tasks inside main(), by a TaskGroup, or by task.cancel() and `await task`.
    """

    async def fail_when_cancelled():
        try:
            await forever()
        finally:
            raise LookupError("of the cleanup")

    async def main():
        told = messages_of(asyncio.get_running_loop())
        task = asyncio.create_task(fail_when_cancelled())
        await steps()
        return told, task

    got = outcome(run, main)
    if isinstance(got, tuple):
        told, task = got
        control(isinstance(task.exception(), LookupError), f"the task must fail: {task}")
        evidence(logged=told)
        control(told == ["unhandled exception during asyncio.run() shutdown"], f"logged: {told}")
    assert isinstance(evidence(returned_or_raised=got), LookupError)


@claim("LOOP76")
def test_a_loop_that_nobody_closes_warns(evidence):
    """A loop of new_event_loop() that is dropped without close() gives a ResourceWarning.

    "ResourceWarning: unclosed event loop <_UnixSelectorEventLoop running=False closed=False
    debug=False>", when it is freed; the filters hide it unless `python -X dev` or pytest is used.
    Instead: asyncio.run(), a Runner, or loop.close() in finally.
    """
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        shown = repr(asyncio.new_event_loop())
        collect()
    texts = evidence(warned=[f"{one.category.__name__}: {one.message}" for one in seen])
    assert f"ResourceWarning: unclosed event loop {shown}" in texts


@claim("LOOP77")
@applies(where=POSIX, because="the proactor loop of Windows watches no descriptors")
def test_a_socket_of_a_stream_is_the_streams(evidence):
    """The loop refuses to watch the socket of a stream, but sock_recv() takes what is there.

    "RuntimeError: File descriptor ... is used by transport <_SelectorSocketTransport fd=...>", of
    add_reader() and its like, and of sock_recv() if it has to wait; else it steals what the stream
    was to get.  You see it as well when a file was closed behind the loop's back, and a new one got
    its number.  Instead: read by the StreamReader alone, or keep the socket to yourself.
    """

    async def main():
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with theirs:
            _, writer = await asyncio.open_connection(sock=ours)
            number = ours.fileno()
            refused = [outcome(loop.add_reader, number, int)]
            refused.append(await outcome_of(loop.sock_recv(ours, 1)))
            theirs.send(b"x")
            stolen = await loop.sock_recv(ours, 1)
            writer.close()
            return number, refused, stolen

    number, refused, stolen = run(main)
    assert evidence(stolen=stolen) == b"x"
    assert kinds(evidence(refused=refused)) == ["RuntimeError", "RuntimeError"]
    beginning = f"File descriptor {number} is used by transport <_SelectorSocketTransport fd="
    assert all(str(one).startswith(beginning) for one in refused)


@claim("LOOP88")
@predicts("N202")
@applies(where=POSIX, because="the proactor loop of Windows accepts in another way")
@cases(cancelled_by=("a task", "a timeout"))
@refuted(
    cancelled_by="a task",
    where=before("3.13.15", "3.14.7", "3.15.0"),
    because="3.13.15 and 3.14.7 accept nothing for a cancelled task (gh-153761)",
)
@refuted(
    cancelled_by="a timeout",
    because="CPython throws a result away that comes just before the timeout",
)
def test_a_connection_that_comes_as_sock_accept_is_cancelled(cancelled_by, evidence):
    """A connection that comes while sock_accept() is cancelled is left for the next sock_accept().

    It is accepted, and thrown away: the client is connected, and its connection closed or not
    answered.  So asyncio.wait_for(loop.sock_accept(server), 1) in a loop now and then loses one.
    If another task cancels it, that is so before 3.13.15 and 3.14.7, with an InvalidStateError in
    the log.  Instead: asyncio.start_server(), or keep one task in sock_accept(), and look at it by
    asyncio.wait([task], timeout=1), which cancels nothing.
    """

    async def main():
        loop = asyncio.get_running_loop()
        messages_of(loop)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            accepting = asyncio.ensure_future(loop.sock_accept(server))
            await steps()
            with socket.create_connection(server.getsockname()):
                control(select.select([server], [], [], PATIENCE)[0], "a connection must be there")
                if cancelled_by == "a task":
                    loop.call_soon(accepting.cancel)
                else:
                    loop.call_at(loop.time(), accepting.cancel)
                seen = kinds([await outcome_of(accepting)])
                control(seen == ["CancelledError"], f"it must be cancelled, and not {seen}")
                again = asyncio.ensure_future(loop.sock_accept(server))
                await steps()
                if again.done():
                    again.result()[0].close()
                again.cancel()
                return not again.cancelled() and again.done()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the socket that nobody has
        left = run(main)
        collect()
    assert evidence(left=left) is True


@claim("LOOP80")
@concerns("socket of a transport")
@predicts("N145")
@cases(method=("close", "send", "recv"))
@refuted(
    where=since("3.11.0"),
    because="3.11 removed what disturbs the transport (bpo-43232)",
    by="AttributeError: 'TransportSocket' object has no attribute '",
)
def test_the_socket_of_a_transport_can_send_and_close(method, evidence):
    """What writer.get_extra_info("socket") returns has close(), send() and recv().

    server.sockets has the same kind.  Since 3.11: "AttributeError: 'TransportSocket' object has no
    attribute 'close'"; fileno(), getsockname(), setsockopt() and shutdown() are left.  Instead:
    writer.close(), writer.write() and reader.read(); for a server, server.close().
    """

    async def main():
        ours, theirs = socket.socketpair()
        with theirs:
            _, writer = await asyncio.open_connection(sock=ours)
            try:
                return callable(getattr(writer.get_extra_info("socket"), method))
            finally:
                writer.close()
                await writer.wait_closed()

    assert evidence(callable=run(main)) is True


@claim("LOOP78")
@predicts("N121")
@concerns("address of UDP that is used again")
@refuted(
    where=since("3.11.0"),
    because="3.11 removed it, for its security hole (bpo-45129)",
    by="TypeError: BaseEventLoop.create_datagram_endpoint() got an unexpected keyword argument",
)
def test_a_datagram_endpoint_takes_reuse_address(evidence):
    """loop.create_datagram_endpoint() takes reuse_address=False.

    Until 3.10 it does, with a DeprecationWarning; then "TypeError:
    BaseEventLoop.create_datagram_endpoint() got an unexpected keyword argument 'reuse_address'".
    Leave it out: sockets of UDP do not need it.
    """

    async def main():
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0), reuse_address=False
        )
        transport.close()
        return True

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert evidence(made=run(main))


def through(method):
    """Decorate as a decorator does that knows nothing of async: it returns the coroutine."""

    @functools.wraps(method)
    def call(self):
        return method(self)

    return call


@claim("LOOP79")
@predicts("N122")
@refuted(
    where=since("3.11.0"),
    because="3.11 asks whether the method is a coroutine function (bpo-46994)",
)
def test_a_decorated_async_test_runs(evidence):
    """IsolatedAsyncioTestCase runs an async test whose decorator returns its coroutine.

    Since 3.11 the test passes, and nothing of it has run: only a DeprecationWarning says "It is
    deprecated to return a value that is not None from a test case".  So with decorators that are
    plain functions (ddt, retries, logging).  Instead: let the decorator define a coroutine function
    that awaits the test.  In a plain TestCase no async test ever runs.
    """
    ran = []

    class Case(unittest.IsolatedAsyncioTestCase):
        @through
        async def test(self):
            ran.append("the test")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = Case("test").run()
        collect()
    control(result.wasSuccessful(), f"the test must pass: {result}")
    assert evidence(ran=ran) == ["the test"]


@claim("LOOP86")
@predicts("N164")
@refuted(where=before("3.11.0"), because="3.11 began to warn (bpo-41322)")
def test_a_plain_test_case_does_not_run_an_async_test(evidence):
    """A plain unittest.TestCase passes an async test, runs nothing of it, and warns of it.

    The call makes a coroutine, which nobody awaits.  Since 3.11 "DeprecationWarning: It is
    deprecated to return a value that is not None from a test case", and since 3.14 it asks whether
    you forgot IsolatedAsyncioTestCase; when the coroutine is freed, "RuntimeWarning: coroutine
    '...Case.test' was never awaited".  pytest runs such a class the same way, also with
    pytest-asyncio.  Instead: derive from unittest.IsolatedAsyncioTestCase, and make the
    DeprecationWarning an error.
    """

    class Case(unittest.TestCase):
        async def test(self):
            self.fail("it has run")

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = Case("test").run()
        collect()
    warned = evidence(warned=[f"{one.category.__name__}: {one.message}" for one in seen])
    control(result.wasSuccessful() and result.testsRun == 1, f"the test must pass: {result}")
    deprecated = "DeprecationWarning: It is deprecated to return a value that is not None"
    assert [text for text in warned if text.startswith(deprecated)] != []
