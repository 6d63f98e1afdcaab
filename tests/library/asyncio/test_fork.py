"""Event loops and child processes that are copies: os.fork(), and multiprocessing's children.

Source: https://docs.python.org/3/library/os.html#os.fork and asyncio-eventloop.html
"""

import asyncio
import multiprocessing
import signal

from tests.harness import (
    GRACE,
    LINUX,
    PATIENCE,
    applies,
    before,
    claim,
    in_a_fork,
    joined,
    needs_fork,
    needs_posix,
    never,
    outcome,
    refuted,
    since,
)
from tests.harness.threads import Task
from tests.library.asyncio.loops import WatchedLoop
from tests.library.asyncio.running import own_loop

every_spec = [own_loop]


def run_anew():
    """Return what comes of a coroutine in a new loop."""

    async def work():
        await asyncio.sleep(0)
        return "ran"

    def give_up(loop, context):
        told.append(repr(context.get("exception")))
        loop.stop()

    loop, told = asyncio.new_event_loop(), []
    loop.set_exception_handler(give_up)
    ran = outcome(loop.run_until_complete, work())
    loop.close()
    return told or ran


def fork_in_a_coroutine():
    """Return what a child that is forked in a coroutine sees of the running loop, and can run."""

    async def main():
        return in_a_fork(lambda: (repr(outcome(asyncio.get_running_loop)), run_anew()))

    return asyncio.run(main())


#: Where a forked child takes its parent's task for one that it runs itself.
TASK_IS_COPIED = since("3.14.0") and before("3.14.1")
COPIED = "3.14.0 keeps the running task by thread, also in a fork; 3.14.1 forgets it (gh-139894)"


@claim("LOOP63")
@needs_fork
@refuted(where=TASK_IS_COPIED, because=COPIED)
def test_no_loop_runs_in_a_forked_child(programs, evidence):
    """A child that is forked inside a coroutine has no running loop, and can run one of its own.

    "RuntimeError: no running event loop".  The parent's tasks do not go on in the child.  3.14.0
    alone hangs there in asyncio.run(), and logs "Cannot enter into task ... while another task ...
    is being executed".
    """
    running, ran = programs.call(fork_in_a_coroutine)
    assert evidence(running=running) == "RuntimeError('no running event loop')"
    assert evidence(ran=ran) == "ran"


def close_the_loop_in_a_fork():
    """Return whether a loop still sleeps after call_soon_threadsafe(), if a child has closed it."""
    watched, log = WatchedLoop(), []
    in_a_fork(watched.loop.close)

    def beside():
        watched.falls_asleep()
        watched.loop.call_soon_threadsafe(lambda: [log.append(1), watched.loop.stop()])
        deaf = never(lambda: log)
        watched.wake()
        return deaf

    thread = Task(beside)
    watched.loop.run_forever()
    deaf = thread.result()
    watched.close()
    return deaf


@claim("LOOP64")
@applies(where=LINUX, because="only the epoll of Linux is shared with a forked child")
def test_a_forked_child_that_closes_a_loop_deafens_its_parent(programs, evidence):
    """loop.close() in a forked child reaches into the parent: its loop is no longer woken.

    Both processes share one epoll, so what the child unregisters is gone for the parent too: its
    call_soon_threadsafe() wakes nothing, and after remove_reader() in the child its readers hear
    nothing.  Leave an inherited loop alone in the child, and use a new one.
    """
    assert evidence(deaf=programs.call(close_the_loop_in_a_fork)) is True


def signal_a_fork():
    """Return how often the loop's handler runs when a forked child gets the signal."""
    log = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, log.append, 1)
        in_a_fork(lambda: signal.raise_signal(signal.SIGUSR1))
        await asyncio.sleep(GRACE)
        return len(log)

    return asyncio.run(main())


@claim("LOOP65")
@needs_fork
@refuted(where=before("3.12.0"), because="3.12 parts parent and child after fork (gh-66285)")
def test_a_child_s_signals_are_not_its_parent_s(programs, evidence):
    """A signal that a forked child gets does not run the handlers of its parent's loop.

    Until 3.11 it does: both write the signal's number into one socket, so SIGTERM for a worker of
    multiprocessing, under fork, can shut down its parent.
    """
    assert evidence(handled_by_the_parent=programs.call(signal_a_fork)) == 0


def run_a_loop(reporter):
    """Report what comes of a coroutine in this child."""
    reporter(run_anew())


@claim("LOOP66")
@refuted(where=TASK_IS_COPIED, because=COPIED, start_method="fork")
def test_a_child_process_runs_its_own_loop(ctx, reports, evidence):
    """A Process that a coroutine starts can run a loop of its own, under every start method.

    So asyncio and multiprocessing go together: asyncio.run() in each process, but not by fork on
    3.14.0.  Process.start() and join() block the parent's loop; call join() in to_thread().
    """

    async def main():
        child = ctx.Process(target=run_a_loop, args=(reports.reporter,))
        child.start()
        return await asyncio.to_thread(joined, child)

    codes = asyncio.run(main())
    assert evidence(exit_codes=codes, in_the_child=reports.next()) == ([0], "ran")


def receive(connection):
    """Wait for a message."""
    connection.recv()


@claim("LOOP67")
@needs_posix
def test_a_loop_can_watch_the_end_of_a_process(evidence):
    """loop.add_reader(process.sentinel, ...) calls back when the Process ends: no thread waits.

    Remove the reader there, and join() the process, which then returns at once.
    """
    here, there = multiprocessing.Pipe()
    child = multiprocessing.Process(target=receive, args=(there,))
    child.start()

    async def main():
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(child.sentinel, ended.set)
        await asyncio.sleep(GRACE / 2)
        early = ended.is_set()
        here.send("end")
        await asyncio.wait_for(ended.wait(), PATIENCE)
        loop.remove_reader(child.sentinel)
        return early

    early = asyncio.run(main())
    codes = joined(child)
    child.close()
    here.close()
    there.close()
    assert evidence(early=early, exit_codes=codes) == (False, [0])
