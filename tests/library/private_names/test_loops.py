"""Private names of asyncio that libraries lean on, and public ones that are gone.

Source: https://docs.python.org/3/library/asyncio.html
"""

import asyncio
import asyncio.coroutines
import asyncio.events
import asyncio.tasks
import importlib
import inspect
import operator
import os
import selectors
import warnings

from tests.harness import (
    PATIENCE,
    PYPY,
    Inconclusive,
    cases,
    claim,
    concerns,
    control,
    outcome,
    predicts,
    refuted,
    since,
)

PER_THREAD = "3.14 keeps a thread's tasks where only C code sees them (gh-128002)"


async def tasks_kept(name):
    """Return whether asyncio.tasks keeps the running task under that name."""
    kept = getattr(asyncio.tasks, name)
    kept = kept.values() if isinstance(kept, dict) else kept
    return asyncio.current_task() in list(kept)


def run(main):
    """Run the coroutine in a loop of its own."""
    with_loop = asyncio.new_event_loop()
    try:
        return with_loop.run_until_complete(main)
    finally:
        with_loop.close()


@claim("PRIVATE08")
@concerns("table of current tasks")
@refuted(where=since("3.14.0") and not PYPY, because=PER_THREAD)
def test_asyncio_keeps_the_current_task_of_each_loop_in_a_dict(evidence):
    """asyncio.tasks._current_tasks has the running task of each loop.

    Libraries that nest loops take it out and put it back.  Since 3.14 the dict is there, and stays
    empty: no error says so.  Public are asyncio.current_task() and, for those who write event
    loops, asyncio.tasks._enter_task() and _leave_task(), which the documentation names.
    """
    assert evidence(kept=run(tasks_kept("_current_tasks"))) is True


@claim("PRIVATE09")
@concerns("set of all tasks")
@refuted(
    where=since("3.12.0") and not PYPY,
    because="3.12 has several sets of tasks (gh-97696)",
    by="AttributeError: module 'asyncio.tasks' has no attribute '_all_tasks'",
)
def test_asyncio_keeps_all_tasks_in_a_weak_set(evidence):
    """asyncio.tasks._all_tasks has all tasks of all loops.

    Since 3.12: "AttributeError: module 'asyncio.tasks' has no attribute '_all_tasks'"; they are in
    _scheduled_tasks and _eager_tasks, and since 3.14 in neither.  asyncio.all_tasks(loop) is the
    public way, for one loop.
    """
    assert evidence(kept=run(tasks_kept("_all_tasks"))) is True


@claim("PRIVATE10")
@cases(asking={"asyncio": asyncio, "inspect": inspect})
@refuted(asking="inspect", because="only asyncio, whose function 3.14 deprecates, knows the mark")
@refuted(
    where=since("3.16.0"),
    asking="asyncio",
    because="3.16 removed the function and the mark (gh-149600)",
    by="AttributeError: module 'asyncio' has no attribute 'iscoroutinefunction'",
)
def test_a_mark_makes_a_function_count_as_a_coroutine_function(asking, evidence):
    """function._is_coroutine = asyncio.coroutines._is_coroutine marks a coroutine function.

    It is only asyncio.iscoroutinefunction() that sees the mark, and that is deprecated since 3.14
    and gone in 3.16.  inspect.iscoroutinefunction() says no, so a framework runs the function in a
    thread, or never awaits it.  Use inspect.markcoroutinefunction() (3.12), or an async def.
    """

    def function():
        return asyncio.sleep(0)

    function._is_coroutine = getattr(asyncio.coroutines, "_is_coroutine", None)  # noqa: SLF001
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert evidence(counts=asking.iscoroutinefunction(function)) is True


@claim("PRIVATE11")
@predicts("N214")
@concerns("base of policies")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 deprecates policies and hides their base (gh-127949)",
    by="AttributeError: module 'asyncio.events' has no attribute 'BaseDefaultEventLoopPolicy'",
)
def test_asyncio_has_a_base_for_policies(evidence):
    """asyncio.events.BaseDefaultEventLoopPolicy exists, for policies of other event loops.

    uvloop and others inherit from it.  Since 3.14: "AttributeError: module 'asyncio.events' has no
    attribute 'BaseDefaultEventLoopPolicy'".  Hand a loop_factory to asyncio.run() (3.12) or
    asyncio.Runner (3.11) instead of a policy.
    """
    base = getattr(asyncio.events, "BaseDefaultEventLoopPolicy")
    assert evidence(loop=base.new_event_loop.__name__) == "new_event_loop"


@claim("PRIVATE16")
@predicts("N169")
@cases(kind=(asyncio.Lock, asyncio.Event, asyncio.Condition, asyncio.Semaphore, asyncio.Queue))
@refuted(because="3.10 took the parameter away (bpo-42392)", by=TypeError)
def test_what_asyncio_synchronizes_with_takes_a_loop(kind, evidence):
    """asyncio.Lock, Event, Condition, Semaphore and Queue take a loop: Lock(loop=loop).

    Old code passes it.  Since 3.11: "TypeError: Lock.__init__() got an unexpected keyword argument
    'loop'"; 3.10 says that the *loop* parameter was removed from Lock().  Since 3.10 gather(),
    wait_for() and sleep() refuse it, too: "sleep() got an unexpected keyword argument 'loop'"; and
    open_connection() says "BaseEventLoop.create_connection() got an unexpected keyword argument
    'loop'".  Leave it out: they belong to the loop in which a coroutine first waits for them.
    """
    got = outcome(kind, loop=None)
    if isinstance(got, TypeError):
        evidence(raised=got)
        raise got
    evidence(made=got)


@claim("PRIVATE17")
@concerns("decorator of coroutines")
@predicts("N35")
@refuted(
    where=since("3.11.0"),
    because="3.11 removed it (bpo-43216)",
    by="AttributeError: module 'asyncio' has no attribute 'coroutine'",
)
def test_a_decorator_makes_a_generator_a_coroutine(evidence):
    """@asyncio.coroutine makes a generator function a coroutine function, which can be awaited.

    Code from before 3.5 has it, with `yield from` for await.  Since 3.11 importing that code raises
    "AttributeError: module 'asyncio' has no attribute 'coroutine'" (or: cannot import name
    'coroutine' from 'asyncio'); 3.8 to 3.10 only warn.  Instead: write async def and await;
    types.coroutine() is left.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        @getattr(asyncio, "coroutine")
        def old():
            yield
            return "awaited"

    async def main():
        return await old()

    assert evidence(returned=run(main())) == "awaited"


@claim("PRIVATE18")
@concerns("older event loop")
@predicts("N36")
@cases(module=("asyncore", "asynchat"))
@refuted(
    where=since("3.12.0"),
    because="3.12 removed both (gh-72719)",
    by="ModuleNotFoundError: No module named 'async",
)
def test_the_older_event_loop_can_be_imported(module, evidence):
    """The modules asyncore and asynchat, an older event loop for sockets, can be imported.

    Since 3.12: "ModuleNotFoundError: No module named 'asyncore'", "No module named 'asynchat'", and
    "No module named 'smtpd'", which was made of them; before, 3.10 and 3.11 warn.  Instead: use
    asyncio, or aiosmtpd.  Who cannot change the code can install pyasyncore and pyasynchat.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        imported = importlib.import_module(module)
    file = getattr(imported, "__file__", "")
    if "-packages" in file:  # pyasyncore's or pyasynchat's
        raise Inconclusive(f"in place of a standard module there is {file}")
    assert evidence(imported=imported.__name__) == module


IMPORTING = """
try:
    import {module}
    print("imported")
except ModuleNotFoundError as error:
    print("ModuleNotFoundError:", error)
"""


@claim("PRIVATE32")
@concerns("older modules")
@predicts("N219")
@cases(module=("imp", "distutils"))
@refuted(where=since("3.12.0"), because="3.12 removed imp (gh-98040) and distutils (gh-92584)")
def test_imp_and_distutils_can_be_imported(module, programs, evidence):
    """The modules imp and distutils can be imported, as old versions of libraries do.

    Since 3.12: "ModuleNotFoundError: No module named 'imp'", "No module named 'distutils'" (or
    'distutils.util', 'distutils.version', 'distutils.spawn'), in old versions of eventlet, gevent,
    Celery, dask, Dragon, and in setup.py of many with C code.  Instead: update them; in your code
    use importlib in place of imp, shutil.which() of find_executable(), packaging.version of
    LooseVersion.  Who cannot change the code can install setuptools, which brings a distutils.
    """
    standard = {"SETUPTOOLS_USE_DISTUTILS": "stdlib"}  # and not the one that setuptools brings
    program = programs.run(IMPORTING.format(module=module), environ=standard)
    assert evidence(printed=program.lines) == ["imported"]


@claim("PRIVATE20")
@predicts("N108")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 keeps tasks in pure Python apart from those of C code (gh-129874)",
    by="AssertionError: [False, False, 'Timeout should be used inside a task', 'TaskGroup "
    "<TaskGroup> cannot determine the parent task']",
)
def test_current_task_sees_a_task_in_pure_python(evidence):
    """asyncio.current_task() sees a task of the pure-Python class asyncio.tasks._PyTask.

    nest_asyncio makes all tasks of that class, in notebooks too.  Since 3.14 current_task() returns
    None in them, all_tasks() omits them, and wait_for(), timeout() and TaskGroup raise
    RuntimeError, "Timeout should be used inside a task" or "... cannot determine the parent task".
    Instead: leave asyncio.Task as it is, and run nested code in the loop of another thread, by
    asyncio.run_coroutine_threadsafe().
    """

    async def error_of(block):
        try:
            async with block:
                return ""
        except RuntimeError as error:
            return str(error)

    async def body():
        blocks = [asyncio.timeout(PATIENCE), asyncio.TaskGroup()] if since("3.11.0") else []
        errors = [await error_of(block) for block in blocks]
        return asyncio.current_task(), asyncio.all_tasks(), *errors

    async def main():
        pure = asyncio.tasks._PyTask  # noqa: SLF001
        task = pure(body(), loop=asyncio.get_running_loop())
        current, every, *errors = await task
        return [current is task, task in every, *errors]

    seen = evidence(current_and_all_and_errors=run(main()))
    assert seen[:2] == [True, True], seen
    assert not any(seen[2:]), seen


STEPPING = """
import asyncio, os

class ToolkitLoop(asyncio.SelectorEventLoop):
    def step(self):
        self.call_soon(lambda: None)  # so that _run_once() does not wait
        self._run_once()

async def work():
    print("runs", flush=True)

loop = ToolkitLoop()
loop.set_exception_handler(lambda _, context: print(str(context["exception"]).split("> ")[-1]))
task = loop.create_task(work())
loop.step()
print("is done" if task.done() else "is not done", flush=True)
os._exit(0)
"""


@claim("PRIVATE21")
@predicts("N118")
@concerns("single step of a loop")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 runs the steps of a task only in the loop that runs in its thread (gh-128002)",
)
def test_a_task_runs_where_a_toolkit_calls_the_callbacks(programs, evidence):
    """A task runs when a GUI toolkit calls its loop's callbacks, outside run_forever().

    Loops for Qt, GTK or Blender make single steps by loop._run_once().  Since 3.14 the coroutine
    does not run, and the loop's exception handler is told that the loop "is not the running loop".
    Instead: asyncio._set_running_loop(loop) before each step, and None after it; or
    loop.run_forever() with the toolkit's events polled by a callback.
    """
    printed = evidence(printed=programs.run(STEPPING).lines)
    refused = ["is not the running loop", "is not done"]
    control(printed in (["runs", "is done"], refused), f"it prints {printed}")
    assert printed == ["runs", "is done"]


@claim("PRIVATE22")
@predicts("N119")
@concerns("pipe of SSL")
@refuted(
    where=since("3.11.0"),
    because="3.11 made the protocol a BufferedProtocol (gh-88177)",
    by=AttributeError,
)
@cases(name=("SSLProtocol.data_received", "_SSLPipe"))
def test_the_ssl_protocol_takes_data(name, evidence):
    """asyncio.sslproto has _SSLPipe, and its SSLProtocol has data_received().

    Transports and proxies of their own call it.  Since 3.11: "AttributeError: type object
    'SSLProtocol' has no attribute 'data_received'".  Instead: get_buffer() and buffer_updated(), as
    for any asyncio.BufferedProtocol, or loop.start_tls().
    """
    owner = importlib.import_module("asyncio.sslproto")
    found = outcome(operator.attrgetter(name), owner)
    if isinstance(found, AttributeError):
        evidence(raised=found)
        raise found
    assert evidence(is_there=callable(found))


@claim("PRIVATE27")
@concerns("key of a descriptor")
@predicts("N148")
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.13 looks into the dict of keys itself (gh-106554)",
    by=AttributeError,
)
def test_a_selector_finds_the_key_of_a_descriptor(evidence):
    """The selectors of the module selectors have a method _key_from_fd().

    Event loops of other toolkits call it, GTK's among them.  Since 3.13: "AttributeError:
    'EpollSelector' object has no attribute '_key_from_fd'".  Public is
    selector.get_map().get(descriptor).
    """
    reader, writer = os.pipe()
    try:
        with selectors.DefaultSelector() as selector:
            key = selector.register(reader, selectors.EVENT_READ)
            public = selector.get_map().get(reader)
            control(public is key, f"get_map() has {public}, not {key}")
            assert evidence(found=selector._key_from_fd(reader)) is key  # noqa: SLF001
    finally:
        os.close(reader)
        os.close(writer)
