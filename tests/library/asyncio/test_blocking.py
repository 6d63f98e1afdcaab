"""One thread for all: what blocks a loop, in which order callbacks run, and who hears of errors.

Source: https://docs.python.org/3/library/asyncio-eventloop.html and asyncio-dev.html
"""

import asyncio
import asyncio.proactor_events
import contextvars
import gc
import os
import queue
import socket
import threading
import time
from unittest import mock

from tests.harness import (
    LINUX,
    PATIENCE,
    applies,
    before,
    cases,
    claim,
    concerns,
    control,
    needs_posix,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.asyncio.loops import logged
from tests.library.asyncio.running import own_loop

every_spec = [own_loop]


def ticking(loop):
    """Let a callback run in each round of the loop; return the list to which it adds."""
    ticks = []

    def tick():
        ticks.append(1)
        loop.call_soon(tick)

    loop.call_soon(tick)
    return ticks


def held():
    """Return a lock that is held."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@claim("LOOP50")
@cases(
    blocks={
        "time.sleep": lambda: time.sleep(0.02),
        "Lock.acquire": lambda: [
            lock := threading.Lock(),
            lock.acquire(),
            lock.acquire(True, 0.02),
        ],
        "Queue.get": lambda: outcome(queue.Queue().get, timeout=0.02),
        "Event.wait": lambda: threading.Event().wait(0.02),
    }
)
def test_what_blocks_a_coroutine_blocks_the_loop(blocks, evidence):
    """time.sleep(), or waiting for a thread's lock, queue or event, stops all tasks of the loop.

    A loop has one thread: nothing else runs until the call returns, no timer, timeout or heartbeat.
    A Discord bot says "heartbeat blocked for more than 10 seconds", a FastAPI server stands still.
    await asyncio.sleep() lets others run.  Run blocking code in a thread, by asyncio.to_thread().
    """

    async def main():
        ticks = ticking(asyncio.get_running_loop())
        await asyncio.sleep(0.001)
        counts = [len(ticks)]
        blocks()
        counts.append(len(ticks))
        await asyncio.sleep(0.001)
        return [*counts, len(ticks)]

    before, blocked, awaited = asyncio.run(main())
    assert evidence(ran_while_blocked=blocked - before, while_awaiting=awaited > blocked) == (
        0,
        True,
    )


@claim("LOOP51")
def test_an_await_that_need_not_wait_lets_nobody_run(evidence):
    """An await of what is there already does not give way: no other task runs in between.

    So a coroutine that awaits a full queue's get(), a free lock or coroutines that never wait can
    starve all others.  await asyncio.sleep(0) lets each of them run once.
    """

    async def main():
        loop = asyncio.get_running_loop()
        ticks, done, free = ticking(loop), loop.create_future(), asyncio.Lock()
        done.set_result(1)
        await asyncio.sleep(0)
        counts = [len(ticks)]
        for _ in range(100):
            await done
            async with free:
                pass
        counts.append(len(ticks))
        await asyncio.sleep(0)
        return [*counts, len(ticks)]

    before, ready, slept = asyncio.run(main())
    assert evidence(ran_meanwhile=ready - before, in_sleep_0=slept - ready) == (0, 1)


@claim("LOOP52")
@cases(debug=(False, True))
def test_debug_mode_tells_what_took_long(debug, evidence):
    """Debug mode logs callbacks and steps of tasks that take 0.1 s or longer; else nobody does.

    "Executing <...> took 0.123 seconds" is a warning of the logger "asyncio": what it names has
    blocked the loop so long.  The limit is loop.slow_callback_duration.
    """

    async def main():
        loop = asyncio.get_running_loop()
        limits.append(loop.slow_callback_duration)
        loop.slow_callback_duration = 0.001
        time.sleep(0.05)  # up to 3.12 loop.time() has steps of 1/64 s on Windows
        await asyncio.sleep(0)
        loop.slow_callback_duration = PATIENCE

    limits = []
    with logged() as texts:
        asyncio.run(main(), debug=debug)
    slow = [text for text in texts if text.startswith("WARNING: Executing <Task")]
    assert evidence(limit=limits, logged=slow)[0] == [0.1]
    assert [text.endswith(" seconds") for text in slow] == [True] * debug


@claim("LOOP53")
def test_callbacks_run_in_the_order_of_call_soon(evidence):
    """call_soon() callbacks run in their order; what they schedule comes after all that are there.

    So a callback that schedules itself again and again lets all others run.
    """
    loop, log = asyncio.new_event_loop(), []

    def again():
        log.append("again")
        loop.call_soon(again if len(log) < 6 else loop.stop)

    for callback in (again, lambda: log.append("b"), lambda: log.append("c"), again):
        loop.call_soon(callback)
    loop.run_forever()
    loop.close()
    assert evidence(order=log[:4]) == ["again", "b", "c", "again"]
    assert len(log) > 4


@claim("LOOP54")
def test_timers_run_by_their_time(evidence):
    """call_at() and call_later() callbacks run in the order of their times, never before them.

    The times are loop.time()'s, a monotonic clock that has nothing to do with the time of day.
    when() tells a timer's time.
    """
    loop, log = asyncio.new_event_loop(), []
    began = loop.time()
    timers = [
        loop.call_at(began + delay, lambda d=delay: log.append((d, loop.time())))
        for delay in (0.03, 0.01, 0.02)
    ]
    later = loop.call_later(0.04, loop.stop)
    loop.run_forever()
    loop.close()
    assert evidence(order=[delay for delay, _ in log]) == [0.01, 0.02, 0.03]
    # A loop calls what is due within the resolution of its clock, which is 16 ms on Windows.
    assert all(ran >= began + delay - 0.017 for delay, ran in log)
    assert [timer.when() - began for timer in timers] == [
        began + delay - began for delay in (0.03, 0.01, 0.02)
    ]
    assert later.when() > timers[0].when()


@claim("LOOP55")
def test_a_cancelled_callback_never_runs(evidence):
    """cancel() of what call_soon(), call_later() or call_at() returned keeps it from running.

    Also where it would be the very next one.  cancelled() tells; a second cancel() does nothing.
    """
    loop, log = asyncio.new_event_loop(), []
    handles = []
    loop.call_soon(lambda: [handle.cancel() for handle in handles])
    handles += [
        loop.call_soon(log.append, "soon"),
        loop.call_later(0, log.append, "later"),
        loop.call_at(0, log.append, "at"),
    ]
    kept = loop.call_soon(log.append, "kept")
    loop.call_later(0.001, loop.stop)
    loop.run_forever()
    loop.close()
    handles[0].cancel()
    assert evidence(ran=log) == ["kept"]
    assert [handle.cancelled() for handle in (*handles, kept)] == [True] * 3 + [False]
    assert [isinstance(one, asyncio.TimerHandle) for one in handles] == [False, True, True]
    assert all(isinstance(one, asyncio.Handle) for one in handles)


@claim("LOOP56")
@applies(where=since("3.12.0"), because="3.12 added Handle.get_context()")
def test_a_callback_runs_in_its_own_context(evidence):
    """A callback runs in a copy of the context of whoever scheduled it, or in the given one.

    Handle.get_context() returns it, since 3.12.
    """
    variable, seen = contextvars.ContextVar("variable"), []
    given = contextvars.Context()
    given.run(variable.set, "given")
    loop = asyncio.new_event_loop()
    token = variable.set("when scheduled")
    handles = [
        loop.call_soon(lambda: seen.append(variable.get())),
        loop.call_soon(lambda: seen.append(variable.get()), context=given),
    ]
    variable.reset(token)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert evidence(seen=seen) == ["when scheduled", "given"]
    assert handles[1].get_context() is given
    assert handles[0].get_context()[variable] == "when scheduled"


@claim("LOOP73")
@predicts("N109")
@refuted(
    where=before("3.15.0"),
    because="up to 3.14 resume_reading() copies the context of its caller (gh-140947)",
)
def test_data_are_received_in_the_context_of_the_connection(evidence):
    """data_received() runs outside the context of the task that called resume_reading().

    Up to 3.14 resume_reading() registers the reader in a copy of its caller's context.  So what a
    request's task sets in a ContextVar leaks into all later requests on the same keep-alive
    connection: a wrong trace id, user or tenant in the logs, values that nobody reset.  3.15 keeps
    a context for each connection of a SelectorEventLoop.  Instead: make each request's task by
    create_task(..., context=contextvars.Context()) (3.11), or set the variables anew in each.
    """
    variable, seen = contextvars.ContextVar("variable", default="unset"), []

    async def respond(transport):
        variable.set("by the first request")
        transport.resume_reading()

    class Connection(asyncio.Protocol):
        def data_received(self, data):
            seen.append(variable.get())
            if len(seen) == 2:
                loop.stop()
                return
            transport.pause_reading()
            self.task = loop.create_task(respond(transport))
            self.task.add_done_callback(lambda _: there.send(b"2"))

    loop = asyncio.SelectorEventLoop()
    here, there = socket.socketpair()
    transport, _ = loop.run_until_complete(loop.create_connection(Connection, sock=here))
    there.send(b"1")
    loop.call_later(PATIENCE, loop.stop)
    loop.run_forever()
    transport.abort()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    there.close()
    control(len(seen) == 2 and seen[0] == "unset", f"both requests must be received: {seen}")
    assert evidence(seen=seen[1]) == "unset"


@claim("LOOP57")
def test_a_reader_is_called_until_all_is_read(evidence):
    """add_reader()'s callback is called in each round of the loop while there is something to read.

    One callback for a file: a second add_reader() replaces the first.  remove_reader() tells
    whether there was one; remove it before you close the file.  On Windows only SelectorEventLoop
    has it, for sockets.
    """
    loop, log = asyncio.SelectorEventLoop(), []
    here, there = socket.socketpair()

    def read():
        log.append(here.recv(1))
        if len(log) == 3:
            loop.stop()

    loop.add_reader(here, log.append, "replaced")
    loop.add_reader(here, read)
    there.send(b"abc")
    loop.call_later(PATIENCE, loop.stop)
    loop.run_forever()
    removed = [loop.remove_reader(here) for _ in range(2)]
    loop.close()
    here.close()
    there.close()
    assert evidence(read=log, removed=removed) == ([b"a", b"b", b"c"], [True, False])


@claim("LOOP58")
def test_a_writer_is_called_all_the_time(evidence):
    """add_writer()'s callback is called in each round of the loop while the file takes data.

    That is nearly always: what leaves its writer there keeps a core busy.  remove_writer() when
    there is nothing to write.
    """
    loop, log = asyncio.SelectorEventLoop(), []
    here, there = socket.socketpair()

    def write():
        log.append(1)
        if len(log) == 5:
            removed.append(loop.remove_writer(here))
            loop.call_later(0.001, loop.stop)

    removed = []
    loop.add_writer(here, write)
    loop.call_later(PATIENCE, loop.stop)
    loop.run_forever()
    removed.append(loop.remove_writer(here))
    loop.close()
    here.close()
    there.close()
    assert evidence(calls=len(log), removed=removed) == (5, [True, False])


def fail():
    """Raise an error."""
    raise KeyError("lost")


@claim("LOOP59")
def test_an_error_in_a_callback_ends_nothing(evidence):
    """An exception in a callback goes to the loop's exception handler, and the loop runs on.

    The default handler logs "Exception in callback ...", as an error of the logger "asyncio"; a
    program that does not look there goes on with half of its work undone.  set_exception_handler()
    sets another; call_exception_handler() hands something to it.
    """
    loop, told = asyncio.new_event_loop(), []

    def handler(loop, context):
        told.append(context.get("exception", context["message"]))
        loop.default_exception_handler(context)

    def run():
        loop.call_soon(fail)
        loop.call_soon(loop.stop)
        loop.run_forever()

    handlers = [loop.get_exception_handler()]
    with logged() as texts:
        run()
        loop.set_exception_handler(handler)
        run()
        loop.call_exception_handler({"message": "by hand"})
    handlers.append(loop.get_exception_handler())
    loop.close()
    starts = [text.split("fail")[0].partition("\n")[0] for text in texts]
    assert evidence(logged=starts, told=told) == (
        ["ERROR: Exception in callback "] * 2 + ["ERROR: by hand"],
        told,
    )
    assert repr(told) == "[KeyError('lost'), 'by hand']"
    assert handlers == [None, handler]


@claim("LOOP60")
@cases(ending=(KeyboardInterrupt, SystemExit))
def test_an_exit_in_a_callback_ends_the_run(ending, evidence):
    """KeyboardInterrupt and SystemExit in a callback come out of run_forever(), past all handlers.

    The callbacks behind it run when the loop runs again.
    """
    loop, log, raised = asyncio.new_event_loop(), [], None

    def leave():
        raise ending

    loop.set_exception_handler(lambda loop, context: log.append("handled"))
    loop.call_soon(leave)
    loop.call_soon(log.append, "behind it")
    loop.call_later(PATIENCE, loop.stop)
    try:
        loop.run_forever()
    except (KeyboardInterrupt, SystemExit) as error:
        raised = type(error).__name__
    before = list(log)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert evidence(raised=raised, handled=before) == (ending.__name__, [])
    assert log == ["behind it"]


@claim("LOOP61")
@cases(of=("Task", "Future"))
def test_an_error_nobody_awaits_is_told_when_it_is_forgotten(of, evidence):
    """The exception of a Task or Future that nobody awaits is logged only when that is freed.

    Then the exception handler logs "Task exception was never retrieved".  While a list or an
    attribute keeps the task, nothing is seen, perhaps until the end of the program.  Use a
    TaskGroup, await the task, or give it a done callback that looks at exception().
    """
    told = []

    async def raising():
        fail()

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: told.append(context["message"]))
        if of == "Task":
            kept = [loop.create_task(raising())]
        else:
            kept = [loop.create_future()]
            kept[0].set_exception(KeyError("lost"))
        await asyncio.wait(kept)
        while_kept = list(told)
        kept.clear()
        if not told:
            gc.collect()
        return while_kept

    while_kept = asyncio.run(main())
    assert evidence(while_kept=while_kept, told=told) == (
        [],
        [f"{of} exception was never retrieved"],
    )


@claim("LOOP62")
def test_a_task_factory_makes_the_tasks_of_a_loop(evidence):
    """loop.set_task_factory() decides what create_task() and gather() make of a coroutine.

    None restores asyncio.Task.  A factory is given context= since 3.11, name= since 3.14 (and in
    3.13.3), and any other keyword of create_task() since 3.13.3: take **kwargs.
    """

    class Own(asyncio.Task):
        pass

    def factory(loop, coroutine, **kwargs):
        return Own(coroutine, loop=loop, **kwargs)

    async def kind():
        return type(asyncio.current_task()).__name__

    async def main():
        loop = asyncio.get_running_loop()
        factories = [loop.get_task_factory()]
        loop.set_task_factory(factory)
        factories.append(loop.get_task_factory())
        made = [await loop.create_task(kind()), *await asyncio.gather(kind())]
        loop.set_task_factory(None)
        control(factories == [None, factory], f"what get_task_factory() returns: {factories}")
        return [*made, await loop.create_task(kind())]

    assert evidence(made=asyncio.run(main())) == ["Own", "Own", "Task"]


#: Whether create_task(name=...) leaves the name to the task factory.
HANDS_NAMES_ON = (since("3.13.3") and before("3.13.4")) or since("3.14.0")


@claim("LOOP62")
@refuted(
    where=since("3.13.0") and not HANDS_NAMES_ON,
    because="create_task() of 3.13 sets the name None, as a text, where none is given (gh-105684)",
    by=AssertionError,
)
def test_a_task_of_a_factory_has_a_name_of_its_own(evidence):
    """A task that a task factory makes is called Task-1, or another number, if it is given no name.

    In 3.13, but for 3.13.3, it is called "None", which log messages and reports of hanging tasks
    show.  Instead: create_task(..., name=...).
    """

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, work, **more: asyncio.Task(work, loop=loop, **more))
        task = loop.create_task(asyncio.sleep(0))
        await task
        return task.get_name()

    assert evidence(name=asyncio.run(main())).startswith("Task-")


@claim("LOOP81")
@concerns("task factory without a name")
@predicts("N147")
@refuted(
    where=HANDS_NAMES_ON,
    because="create_task() hands its name on to the factory (gh-128308)",
    by=TypeError,
)
def test_a_task_factory_needs_no_name(evidence):
    """A task factory with the parameters (loop, coroutine, context=None) works.

    So factories were written for 3.11 to 3.13.  In 3.13.3, and since 3.14, create_task(...,
    name=...) hands the name on: "TypeError: ...factory() got an unexpected keyword argument
    'name'".  A factory that takes the name and drops it leaves the task without: get_name() is
    'Task-2'.  Instead: take **kwargs, and hand them on to asyncio.Task.
    """

    def factory(loop, coroutine, context=None):
        more = {} if context is None else {"context": context}
        return asyncio.Task(coroutine, loop=loop, **more)

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)
        work = asyncio.sleep(0, "slept")
        try:
            return await loop.create_task(work, name="mine")
        except TypeError as error:
            work.close()
            return error

    made = asyncio.run(main())
    if isinstance(evidence(made=made), TypeError):
        control("unexpected keyword argument 'name'" in str(made), f"the name is meant: {made}")
        raise made
    assert made == "slept"


@claim("LOOP87")
@concerns("create_task of a loop")
@predicts("N170")
@refuted(
    where=since("3.11.0"),
    because="asyncio.run() of 3.11 hands a context to create_task() (bpo-47062)",
    by=TypeError,
)
def test_a_loop_s_create_task_needs_no_context(evidence):
    """asyncio.run() runs a loop whose create_task() takes a coroutine and a name.

    A loop of your own may be like that; uvloop before 0.17 is.  Since 3.11: "TypeError:
    ...create_task() got an unexpected keyword argument 'context'".  A TaskGroup and
    asyncio.create_task() hand it on if they are given it, and since 3.14 any other keyword, too.
    Instead: take **kwargs, and hand them on to super().create_task().
    """

    class Loop(asyncio.SelectorEventLoop):
        def create_task(self, coroutine, *, name=None):
            return super().create_task(coroutine, name=name)

    loop, work = Loop(), asyncio.sleep(0, "slept")
    try:
        with mock.patch("asyncio.events.new_event_loop", return_value=loop):
            got = outcome(asyncio.run, work)
    finally:
        work.close()
        loop.close()
    if isinstance(evidence(got=got), TypeError):
        raise got
    assert got == "slept"


@claim("LOOP69")
@predicts("N41")
@applies(where=LINUX, because="only the epoll of Linux refuses files")
@cases(path={"a file": __file__, "/dev/null": os.devnull})
def test_a_reader_of_a_file_is_refused(path, evidence):
    """loop.add_reader() refuses standard input that is a file or /dev/null: PermissionError.

    "PermissionError: [Errno 1] Operation not permitted" comes from epoll, which takes a terminal, a
    pipe or a socket.  So a program that reads commands works by hand, and fails under systemd,
    cron, nohup, docker without -i, and with < file.  Of a file connect_read_pipe() raises
    ValueError; of /dev/null it returns, and the PermissionError goes to the exception handler.
    Asyncio has nothing to read a file: a thread does.  Instead: await
    asyncio.to_thread(sys.stdin.readline).
    """
    loop = asyncio.SelectorEventLoop()
    reading, writing = os.pipe()
    with open(path) as file, open(reading), open(writing, "w"):
        of_a_pipe = outcome(loop.add_reader, reading, int)
        refusal = outcome(loop.add_reader, file, int)
        loop.remove_reader(reading)
        read = loop.run_until_complete(asyncio.to_thread(file.readline))
        loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    control(of_a_pipe is None, f"a pipe is taken: {of_a_pipe!r}")
    assert repr(evidence(refusal=refusal)) == "PermissionError(1, 'Operation not permitted')"
    assert bool(evidence(read_by_a_thread=read)) is (path == __file__)


@claim("LOOP70")
@predicts("N42")
@needs_posix
def test_a_pipe_of_the_loop_makes_print_fail(evidence):
    """After connect_write_pipe() of a duplicate of standard output print() raises BlockingIOError.

    os.dup() gives a second number of the same open file, and whether it blocks belongs to the open
    file.  So print() raises "BlockingIOError: [Errno 11] write could not complete without blocking"
    (on macOS "[Errno 35] ...") as soon as the reader is slow and the pipe is full, and in every
    other process that has inherited it, too; logging shows it as a "Logging error", and loses the
    message.  connect_read_pipe() does the same.  Of a terminal, standard input, output and error
    are one open file.  Instead: print in a thread, by asyncio.to_thread(), or, if it is a pipe,
    give the loop another open file, on Linux open("/dev/stdout", "ab", 0).
    """

    async def main():
        copy = open(os.dup(writing), "wb", 0)
        transport, _ = await asyncio.get_running_loop().connect_write_pipe(asyncio.Protocol, copy)
        full = None  # nobody reads: if it still blocks, it would do so for ever
        if not os.get_blocking(writing):
            full = outcome(print, "x" * 2**20, file=standard_output, flush=True)
        transport.abort()
        return full

    reading, writing = os.pipe()
    standard_output = open(writing, "w")
    with open(reading, "rb"):
        blocks_at_first = os.get_blocking(writing)
        full = asyncio.run(main())
        outcome(standard_output.close)
    control(blocks_at_first, "the pipe blocks at first")
    assert type(evidence(full=full)) is BlockingIOError
    assert full.strerror == "write could not complete without blocking"


class NoProactor:
    """What a proactor loop needs in order to be made and closed."""

    def set_loop(self, loop):
        """Take the loop."""

    def close(self):
        """Do nothing."""


@claim("LOOP83")
@predicts("N161")
@cases(method=("add_reader", "add_writer", "add_signal_handler"))
def test_the_default_loop_of_windows_watches_no_files_and_signals(method, evidence):
    """add_reader(), add_writer() and add_signal_handler() raise NotImplementedError on Windows.

    The error has no text.  The default there is the ProactorEventLoop, which watches neither files
    nor sockets nor signals; pyzmq says "Proactor event loop does not implement add_reader family of
    methods".  Instead: for sockets asyncio.run(main(), loop_factory=asyncio.SelectorEventLoop),
    which 3.12 added, but that loop starts no children there (ACHILD18); before, set a
    WindowsSelectorEventLoopPolicy (LOOP13).  For SIGINT and SIGTERM call signal.signal().
    """
    loop = asyncio.proactor_events.BaseProactorEventLoop(NoProactor())
    error = outcome(getattr(loop, method), 2, int)
    loop.close()
    assert repr(evidence(raised=error)) == "NotImplementedError()"


STANDS_STILL = """
import asyncio, time

async def rounds_until(over):
    while not over():
        await asyncio.sleep(0)

async def main():
    called, clock, now = [], time.monotonic, time.monotonic()
    time.monotonic = lambda: now
    asyncio.get_running_loop().call_later(0.01, called.append, "called")
    await rounds_until(lambda: clock() > now + 0.1)
    print("while it stands still:", *called)
    time.monotonic = clock
    await rounds_until(lambda: called)
    print("afterwards:", *called)

asyncio.run(main())
"""


@claim("LOOP85")
@predicts("N163")
def test_timers_of_a_loop_need_a_clock_that_moves(programs, evidence):
    """asyncio.sleep(), call_later() and timeouts never end while time.monotonic() stands still.

    So a test that freezes the time hangs in asyncio.sleep() or wait_for(): with freezegun's
    freeze_time(), or with patch("time.monotonic").  loop.time() asks that clock, and its timers
    wait for it; freezegun has stopped it since its 1.1.  Instead: freeze_time(...,
    real_asyncio=True), or patch only what your own code asks, such as time.time().
    """
    lines = evidence(printed=programs.run(STANDS_STILL).lines)
    assert lines == ["while it stands still:", "afterwards: called"]
