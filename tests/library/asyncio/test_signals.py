"""Event loops and signals: Ctrl-C under asyncio.run(), and which handlers wake a loop.

All but one run in a fresh interpreter: only its main thread may set handlers.

Source: https://docs.python.org/3/library/asyncio-runner.html#handling-keyboard-interruption
"""

import asyncio
import signal
import threading

from tests.harness import (
    PATIENCE,
    before,
    claim,
    kinds,
    needs_posix,
    never,
    outcome,
    predicts,
    refuted,
    until,
)
from tests.harness.threads import Task
from tests.library.asyncio.loops import WatchedLoop
from tests.library.asyncio.running import own_loop

every_spec = [own_loop]

refuted_without_a_handler = refuted(
    where=before("3.11.0"), because="3.11 gave asyncio.run() a handler for SIGINT (gh-83803)"
)


def interrupt(swallow=False, times=1):
    """Return what a coroutine, and asyncio.run(), see of Ctrl-C while the coroutine works."""
    log = []

    async def main():
        try:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
                log.append("goes on")
            await asyncio.sleep(PATIENCE)
        except BaseException as error:
            log.append(type(error).__name__)
            if not swallow:
                raise

    try:
        asyncio.run(main())
    except (KeyboardInterrupt, asyncio.CancelledError) as error:
        log.append(f"{type(error).__name__} out of run()")
    return log


def interrupted():
    """Return what is seen of Ctrl-C; of a swallowed one; of two."""
    return interrupt(), interrupt(swallow=True), interrupt(times=2)


@claim("LOOP42")
@predicts("H27")
@refuted_without_a_handler
def test_ctrl_c_does_not_interrupt_a_coroutine(programs, evidence):
    """Ctrl-C under asyncio.run() interrupts no running code: it cancels the main task.

    Since 3.11.  The coroutine goes on to its next await, which raises CancelledError; run() then
    raises KeyboardInterrupt.  So if Ctrl-C doesn't stop an asyncio program, something blocks, as a
    loop without await or time.sleep() does: that is not interrupted.  To handle it, and shut down
    gracefully: try ... finally in the coroutine, and except KeyboardInterrupt around run().  Until
    3.10 KeyboardInterrupt was raised at once, inside any coroutine or callback.
    """
    seen, _, _ = programs.once(interrupted)
    assert evidence(seen=seen) == ["goes on", "CancelledError", "KeyboardInterrupt out of run()"]


@claim("LOOP43")
@refuted_without_a_handler
def test_who_swallows_cancellation_swallows_ctrl_c(programs, evidence):
    """A main coroutine that catches CancelledError, and returns, swallows Ctrl-C.

    asyncio.run() then returns, as if nobody had pressed it.  Since 3.11, and where except
    BaseException, or a bare except, catches it.  Raise CancelledError again.
    """
    _, seen, _ = programs.once(interrupted)
    assert evidence(seen=seen) == ["goes on", "CancelledError"]


@claim("LOOP44")
@refuted_without_a_handler
def test_a_second_ctrl_c_interrupts_at_once(programs, evidence):
    """Only a second Ctrl-C raises KeyboardInterrupt at once, in the code that runs.

    Since 3.11.  So whoever presses Ctrl-C twice stops a blocking call, and the clean-up too.
    """
    _, _, seen = programs.once(interrupted)
    assert evidence(seen=seen) == [
        "goes on",
        "KeyboardInterrupt",
        "KeyboardInterrupt out of run()",
    ]


def handlers_of_sigint():
    """Return whether asyncio.run() has Python's own SIGINT handler within, and after it; ours."""

    async def look():
        return signal.getsignal(signal.SIGINT)

    def ours(number, frame):
        pass

    own = asyncio.run(look()), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, ours)
    return [one is signal.default_int_handler for one in own], asyncio.run(look()) is ours


@claim("LOOP45")
@refuted_without_a_handler
def test_asyncio_run_replaces_the_default_handler_only(programs, evidence):
    """asyncio.run() replaces Python's own SIGINT handler, and no other, and puts it back.

    Since 3.11, and only in the main thread.  So a handler that you have set before stays, and the
    main task is not cancelled for you.
    """
    own, others_stay = programs.call(handlers_of_sigint)
    assert evidence(default_within_and_after=own, others_stay=others_stay) == ([False, True], True)


@claim("LOOP46")
@needs_posix
def test_only_the_main_thread_s_loop_handles_signals(evidence):
    """loop.add_signal_handler() raises RuntimeError in a loop that runs outside the main thread.

    "RuntimeError: set_wakeup_fd only works in main thread...".  Servers that install handlers when
    they start fail so in a thread: tell them not to.  On Windows it
    raises NotImplementedError in every thread: use signal.signal().
    """

    async def main():
        return outcome(asyncio.get_running_loop().add_signal_handler, signal.SIGUSR1, int)

    refusal = evidence(refusal=asyncio.run(main()))
    assert kinds([refusal]) == ["RuntimeError"]
    assert str(refusal).startswith("set_wakeup_fd only works in main thread")


def signal_a_sleeping_loop(handles, *, wakes=True):
    """Return whether a loop sleeps on, after a signal whose handler sets an Event, and wakes."""
    watched, handled, seen = WatchedLoop(), threading.Event(), []

    async def main():
        event = asyncio.Event()
        handles(watched.loop, lambda: (event.set(), handled.set()))
        await event.wait()
        seen.append(1)

    def signalled():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        return handled.is_set()

    def beside():
        watched.falls_asleep()
        if wakes:  # a loop that is woken may still be late, on a busy machine
            signalled()
            slept_on = outcome(until, lambda: seen, "it to wake", within=PATIENCE / 4) is not None
        else:  # the handler of a signal that comes just before the loop sleeps waits for the next
            slept_on = outcome(until, signalled, "the handler to run") is None and never(
                lambda: seen
            )
        watched.loop.call_soon_threadsafe(int)
        until(lambda: seen, "the loop to go on, once it is awake")
        return slept_on

    thread = Task(beside)
    watched.loop.run_until_complete(main())
    slept_on = thread.result()
    watched.close()
    return slept_on


def signal_sleeping_loops():
    """Return whether the loop sleeps on: by way of signal.signal(); by add_signal_handler()."""

    def by_signal(_loop, then):
        signal.signal(signal.SIGUSR1, lambda number, frame: then())

    def by_loop(loop, then):
        loop.add_signal_handler(signal.SIGUSR1, then)

    return signal_a_sleeping_loop(by_signal, wakes=False), signal_a_sleeping_loop(by_loop)


@claim("LOOP47")
@predicts("H34")
@needs_posix
def test_handlers_of_the_signal_module_do_not_wake_a_loop(programs, evidence):
    """A handler that signal.signal() has set runs while the loop sleeps, and does not wake it.

    What it sets, an asyncio.Event or a Future, is seen when something else wakes the loop: SIGTERM
    seems to be ignored until the next timer or request.  Use loop.add_signal_handler(), or
    loop.call_soon_threadsafe(event.set) in the handler.
    """
    slept_on, _ = programs.once(signal_sleeping_loops)
    assert evidence(slept_on=slept_on) is True


@claim("LOOP48")
@needs_posix
def test_add_signal_handler_wakes_a_loop(programs, evidence):
    """A signal for which loop.add_signal_handler() was called wakes a sleeping loop."""
    _, slept_on = programs.once(signal_sleeping_loops)
    assert evidence(slept_on=slept_on) is False


def handle_in_a_loop():
    """Return what runs in which order, what removing returns, and the handler that is left."""
    log = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, log.append, "the handler")
        signal.raise_signal(signal.SIGUSR1)
        log.append("the coroutine goes on")
        while len(log) < 2:
            await asyncio.sleep(0.001)
        return [loop.remove_signal_handler(signal.SIGUSR1) for _ in range(2)]

    removed = asyncio.run(asyncio.wait_for(main(), PATIENCE))
    return log, removed, signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL


@claim("LOOP49")
@needs_posix
def test_a_loop_s_signal_handler_is_a_callback(programs, evidence):
    """What add_signal_handler() sets runs as a callback of the loop: never amid other code.

    So it may touch asyncio's objects, but waits while a coroutine blocks.  remove_signal_handler()
    tells whether there was one, and sets the system's default, not the handler from before.  For a
    graceful shutdown of an asyncio program: loop.add_signal_handler(SIGTERM, stop.set), and main()
    awaits stop.wait().
    """
    log, removed, default = programs.call(handle_in_a_loop)
    assert evidence(log=log) == ["the coroutine goes on", "the handler"]
    assert evidence(removed=removed, default_again=default) == ([True, False], True)
