"""asyncio's child processes: their output, their end, who waits for them, and who kills them.

Source: https://docs.python.org/3/library/asyncio-subprocess.html
"""

import asyncio
import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import warnings
from asyncio.subprocess import PIPE

from tests.harness import (
    GRACE,
    LINUX,
    PATIENCE,
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
    state_of,
    until,
)
from tests.library.asyncio.loops import logged
from tests.library.asyncio.running import outcome_of, steps
from tests.library.os.pidfds import pidfd_of

every_spec = [needs_posix]


def run(main):
    """Run the coroutine function, no longer than the patience."""
    return asyncio.run(asyncio.wait_for(main(), PATIENCE))


async def shell(command, **streams):
    """Start a shell that runs the command."""
    return await asyncio.create_subprocess_exec("sh", "-c", command, **streams)


async def stays_pending(task):
    """Tell whether the task is not done for a while."""
    _done, pending = await asyncio.wait([task], timeout=GRACE)
    return bool(pending)


@claim("ACHILD01")
def test_a_loop_goes_on_beside_its_children(evidence):
    """communicate() gives a child its input, collects its output, and lets the loop run meanwhile.

    subprocess.run() in a coroutine would block the loop.  All is bytes.
    """

    async def main():
        child = await shell("cat; echo error >&2; exit 3", stdin=PIPE, stdout=PIPE, stderr=PIPE)
        talking = asyncio.ensure_future(child.communicate(b"input"))
        rounds = 0
        while not talking.done():
            rounds += 1
            await asyncio.sleep(0)
        return await talking, child.returncode, rounds > 1

    told, code, went_on = run(main)
    assert evidence(told=told, code=code) == ((b"input", b"error\n"), 3)
    assert evidence(the_loop_went_on=went_on) is True


@claim("ACHILD02")
def test_only_one_of_the_two_starts_a_shell(evidence):
    """create_subprocess_shell() has a shell read a text; create_subprocess_exec() has none.

    So exec gives each argument to the program as it is, whatever characters it has.  shell needs
    shlex.quote() for what comes from others.
    """

    async def main():
        texts = []
        for child in (
            await asyncio.create_subprocess_shell("echo $((1 + 1))", stdout=PIPE),
            await asyncio.create_subprocess_exec("echo", "$((1 + 1))", stdout=PIPE),
        ):
            out, _ = await child.communicate()
            texts.append(out.decode().strip())
        return texts

    assert evidence(by_shell_and_by_exec=run(main)) == ["2", "$((1 + 1))"]


@claim("ACHILD03")
def test_waiting_for_a_child_whose_output_nobody_reads_hangs(evidence):
    """wait() hangs if the child writes more into a PIPE than fits, and nobody reads it.

    An asyncio subprocess hangs like that: the child waits for room, the parent for the child.  The
    loop reads ahead 128 KiB, so it shows only with more output than in the tests.  communicate()
    reads while it waits.
    """

    async def main():
        child = await shell("head -c 1000000 /dev/zero", stdout=PIPE)
        waiting = asyncio.ensure_future(child.wait())
        hangs = await stays_pending(waiting)
        out, _ = await child.communicate()
        return hangs, len(out), await waiting

    assert evidence(hangs_read_code=run(main)) == (True, 1000000, 0)


GONE = (
    "AbstractChildWatcher",
    "FastChildWatcher",
    "MultiLoopChildWatcher",
    "PidfdChildWatcher",
    "SafeChildWatcher",
    "ThreadedChildWatcher",
    "get_child_watcher",
    "set_child_watcher",
)


@claim("ACHILD04")
@concerns("child watcher")
@predicts("H02")
@refuted(where=before("3.14.0"), because="3.14 removed child watchers (gh-120804)")
def test_there_are_no_child_watchers(evidence):
    """asyncio has no child watchers: a loop watches its children itself, and no policy has a say.

    "AttributeError: module 'asyncio' has no attribute 'set_child_watcher'", or "cannot import name
    'SafeChildWatcher' from 'asyncio'", and so for get_child_watcher, AbstractChildWatcher,
    FastChildWatcher, ThreadedChildWatcher, MultiLoopChildWatcher and PidfdChildWatcher.  3.12
    deprecated them.  Drop the call: none is needed, in any thread.
    """
    seen = [repr(outcome(getattr, asyncio, name)) for name in GONE]
    assert evidence(seen=seen) == [
        f"AttributeError(\"module 'asyncio' has no attribute '{name}'\")" for name in GONE
    ]


@claim("ACHILD04")
@applies(where=before("3.16.0"), because="3.16 removed policies (gh-127949)")
@refuted(where=before("3.14.0"), because="3.14 removed child watchers (gh-120804)")
@cases(method=("get_child_watcher", "set_child_watcher"))
def test_policies_have_no_child_watchers(method, evidence):
    """An event loop policy has no get_child_watcher() and no set_child_watcher()."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        policy = asyncio.get_event_loop_policy()
    assert evidence(there=hasattr(policy, method)) is False


@claim("ACHILD05")
@applies(where=LINUX, because="only Linux has pidfds")
@refuted(where=before("3.12.0"), because="3.12 began to use pidfds by default (gh-98023)")
@refuted(
    where=since("3.12.0") and not hasattr(os, "pidfd_open"),
    because="Python was built with the headers of an old Linux, without pidfds",
)
def test_waiting_for_a_child_takes_no_thread(evidence):
    """A loop on Linux watches a child by a pidfd, as it does a socket: no thread waits for it.

    Until 3.11, and wherever there are no pidfds, a daemon thread waits for each child in waitpid():
    a hundred children, a hundred threads.
    """
    if hasattr(os, "pidfd_open"):
        os.close(pidfd_of(os.getpid()))

    async def main():
        threads = {*threading.enumerate()}
        child = await shell("read line", stdin=PIPE)
        more = [one.name for one in {*threading.enumerate()} - threads]
        await child.communicate(b"\n")
        return more

    assert evidence(threads=run(main)) == []


@claim("ACHILD06")
def test_a_loop_in_any_thread_has_children(evidence):
    """A loop in any thread can start children and wait for them, with none in the main thread.

    Since 3.8.  Elder code attaches a watcher to the main thread's loop first; none is needed.
    """
    control(threading.current_thread() is not threading.main_thread(), "not in the main thread")

    async def main():
        children = [await shell(f"exit {code}") for code in (0, 5)]
        return [await child.wait() for child in children]

    assert evidence(codes=run(main)) == [0, 5]


@claim("ACHILD07")
@cases(method=("communicate", "wait"), ends=("a timeout", "cancel"))
def test_a_child_outlives_the_waiting_for_it(method, ends, evidence):
    """A timeout around communicate() or wait(), or cancel(), ends the waiting, and not the child.

    subprocess.run(timeout=...) kills its child; asyncio does not: the subprocess keeps running
    after the asyncio task was cancelled.  Call kill(), and await wait().
    """

    async def main():
        child = await shell("exec sleep 1000", stdout=PIPE)
        waiting = asyncio.ensure_future(getattr(child, method)())
        await asyncio.sleep(0)
        try:
            if ends == "cancel":
                waiting.cancel()
            await asyncio.wait_for(waiting, GRACE / 10)
        except (asyncio.CancelledError, asyncio.TimeoutError):
            state = state_of(child.pid)
        child.kill()
        return state not in ("", "Z"), await child.wait()

    assert evidence(runs_and_code=run(main)) == (True, -signal.SIGKILL)


def wait_for_lost_children():
    """Return the exit code, and what is logged, of a child whose status the system throws away."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    async def main():
        # A child that ended at once would be gone before the loop could watch it.
        child = await shell("read line; exit 3", stdin=PIPE)
        await child.communicate(b"\n")
        return child.returncode

    with logged() as texts:
        return run(main), texts


@claim("ACHILD08")
def test_a_child_reaped_by_others_ends_with_255(programs, evidence):
    """A child whose status somebody else has taken ends with returncode 255, and a warning.

    The warning is "child process pid ... exit status already read: will report returncode 255", or
    "Unknown child process pid ..., will report returncode 255".  A SIGCHLD handler that calls
    os.waitpid(-1, ...) takes it, or SIG_IGN for SIGCHLD.  subprocess reports 0 there, a success.
    """
    code, texts = programs.call(wait_for_lost_children)
    assert evidence(code=code, logged=texts)[0] == 255
    assert [text.startswith("WARNING: ") for text in texts] == [True]
    assert texts[0].endswith("will report returncode 255")


@claim("ACHILD08")
@applies(
    where=LINUX and since("3.12.0") and hasattr(os, "pidfd_open"),
    because="where a thread waits for each child, it is a race who gets the status",
)
def test_a_child_taken_by_waitpid_ends_with_255(evidence):
    """os.waitpid() in a coroutine takes the status, and the loop reports returncode 255."""
    os.close(pidfd_of(os.getpid()))

    async def main():
        child = await shell("read line; exit 3", stdin=PIPE)
        child.stdin.write(b"\n")
        _pid, status = os.waitpid(child.pid, 0)
        return os.waitstatus_to_exitcode(status), await child.wait()

    with logged():
        assert evidence(by_waitpid_and_by_the_loop=run(main)) == (3, 255)


@claim("ACHILD09")
def test_a_child_s_code_is_told_by_the_loop(evidence):
    """returncode stays None, though the child has ended, until the loop has run: it is no poll().

    So while child.returncode is None without an await in it never ends.  After wait() it is the
    exit code, or the negative number of the signal.
    """

    async def main():
        child = await shell("read line; exit 3", stdin=PIPE)
        child.stdin.write(b"\n")
        # Where a thread waits for the child, it has soon no state at all.
        until(lambda: state_of(child.pid) in ("Z", ""), "the child to end")
        return child.returncode, await child.wait(), child.returncode

    assert evidence(before_within_and_after_wait=run(main)) == (None, 3, 3)


@claim("ACHILD10")
@cases(method=("terminate", "kill", "send_signal"))
def test_a_signal_for_a_child_that_has_ended_raises(method, evidence):
    """terminate(), kill() or send_signal() of a child that has ended raises ProcessLookupError.

    subprocess.Popen's do nothing then.  A child may end at any time before, so this is a race
    condition: suppress the exception.  Up to 3.11.0, and since 3.13.15, 3.14.7 and 3.15, nothing is
    raised after wait() as long as somebody has a pipe of the child open.
    """

    async def main():
        child, sending = await shell("exit 0"), [signal.SIGTERM] * (method == "send_signal")
        await child.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        return outcome(getattr(child, method), *sending)

    assert kinds([evidence(seen=run(main))]) == ["ProcessLookupError"]


@claim("ACHILD11")
@cases(keyword=("text", "universal_newlines", "encoding", "bufsize"))
def test_a_child_s_streams_are_bytes(keyword, evidence):
    """asyncio's children talk bytes, unbuffered: text=True and its like raise ValueError.

    "ValueError: text must be False", "ValueError: universal_newlines must be False", "ValueError:
    encoding must be None", "ValueError: bufsize must be 0".  Decode what you read.
    """
    value = {"encoding": "utf-8", "bufsize": 1}.get(keyword, True)

    async def main():
        return await shell("exit 0", **{keyword: value})

    refusal = evidence(refusal=outcome(run, main))
    assert kinds([refusal]) == ["ValueError"]
    assert str(refusal).startswith(f"{keyword} must be ")


def leave_a_child():
    """Return the state of a child after asyncio.run(), which has not waited for it."""

    async def main():
        return await shell("exec sleep 1000")

    child = asyncio.run(main())
    state = state_of(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    outcome(os.waitpid, child.pid, 0)
    return state


@claim("ACHILD12")
def test_a_child_outlives_asyncio_run(programs, evidence):
    """asyncio.run() neither waits for the children that are left, nor kills them.

    It cancels tasks, not processes.  Since 3.12 the child may be killed later, when its Process
    object is freed, and python -X dev and pytest may show a ResourceWarning, "unclosed
    transport <_UnixSubprocessTransport pid=... running ...>".  Instead: kill and wait for children
    in a finally clause.
    """
    state = programs.call(leave_a_child)
    assert evidence(lives=state not in ("", "Z")) is True


@claim("ACHILD13")
def test_a_long_line_of_a_child_is_refused(evidence):
    """readline() of a child's output, and async for, raise ValueError at a line of over 64 KiB.

    `async for line in child.stdout` reads an asyncio subprocess's output line by line, in real
    time.  "ValueError: Separator is not found, and chunk exceed the limit", or, if the end of the
    line is there already, "ValueError: Separator is found, but chunk is longer than limit".  The
    child then often hangs, as nobody reads its pipe.  create_subprocess_exec(..., limit=...) sets
    another limit.
    """

    async def main():
        command, found = "head -c 100000 /dev/zero; echo", []
        for limit in ({}, {"limit": 2**20}):
            for read in ("readline", "__anext__"):  # the latter is what async for calls
                child = await shell(command, stdout=PIPE, **limit)
                try:
                    found.append(len(await getattr(child.stdout, read)()))
                except ValueError as error:
                    found.append(error)
                await child.communicate()
        return found

    *refusals, length, length_of_async_for = run(main)
    assert kinds(evidence(refusals=refusals)) == ["ValueError"] * 2
    assert {str(one) for one in refusals} <= {
        "Separator is not found, and chunk exceed the limit",
        "Separator is found, but chunk is longer than limit",
    }
    assert evidence(with_a_limit_of_1_MiB=(length, length_of_async_for)) == (100001, 100001)


@claim("ACHILD14")
@predicts("N33")
@refuted(where=since("3.16.0"), because="3.16 keeps it for the next call (gh-139373)")
def test_a_cancelled_communicate_loses_what_it_has_read(evidence):
    """A cancelled communicate() loses the output that it has read: the next call returns the rest.

    wait_for(child.communicate(), ...) cancels it after a timeout: the output until then is lost,
    though that of subprocess.Popen.communicate(timeout=...) is kept.  3.16 keeps it.  Instead: make
    a task of communicate(), asyncio.wait([task], timeout=...), and await the same task again.
    """

    async def main():
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb"):  # the child goes on at its end
            command = "echo first; echo ready >&2; read line; echo second"
            child = await shell(command, stdin=reading, stdout=PIPE, stderr=PIPE)
            os.close(reading)
            control(await child.stderr.readline() == b"ready\n", "the child must be ready")
            communicating = asyncio.create_task(child.communicate())
            await steps()
            communicating.cancel()
            seen = await outcome_of(communicating)
            control(kinds([seen]) == ["CancelledError"], f"it is cancelled, not {seen!r}")
        return (await child.communicate())[0]

    assert evidence(the_next_call_returns=run(main)) == b"second\n"


async def told_of_its_end(child):
    """Wait until the loop has been told that the child has ended."""

    async def wait():
        while child.returncode is None:
            await asyncio.sleep(0)

    await asyncio.wait_for(wait(), PATIENCE / 2)
    await steps()


@claim("ACHILD15")
@predicts("N72")
@refuted(
    where=since("3.11.2") and before("3.13.15", "3.14.7", "3.15.0"),
    because="3.11.2 to 3.13.14 and 3.14.6 wait for the end of the pipes, too (gh-119710)",
)
def test_wait_returns_when_the_child_ends_beside_a_grandchild(evidence):
    """await child.wait() returns when the child has ended, though a grandchild has its pipe.

    In 3.11.2 to 3.13.14 and 3.14.0 to 3.14.6 wait() of asyncio.create_subprocess_exec() with a PIPE
    hangs, and so after kill() or terminate(), until the last process that has inherited stdout or
    stderr ends: a daemon, a server or what a shell has started in the background.  returncode is
    set, and subprocess.Popen.wait() returns.  communicate() waits for the pipe in all versions.
    Instead, there: start_new_session=True and os.killpg() to end grandchildren too, a file or
    DEVNULL as stdout, or asyncio.wait_for(child.wait(), ...) and a look at returncode.
    """

    async def main():
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb"):  # the grandchild goes on at its end
            command = "exec 3<&0; cat <&3 & echo $!; wait"
            child = await shell(command, stdin=reading, stdout=PIPE)
            os.close(reading)
            grandchild = int(await child.stdout.readline())
            waiting = asyncio.create_task(child.wait())
            await steps()
            child.kill()
            await told_of_its_end(child)
            returned, runs_on = waiting.done(), outcome(os.kill, grandchild, 0) is None
        await child.communicate()
        control(runs_on, "the grandchild must have the pipe")
        return returned, await waiting

    returned, code = run(main)
    control(code == -signal.SIGKILL, f"the child is killed, not {code}")
    assert evidence(returned=returned) is True


@claim("ACHILD16")
@predicts("N74")
@refuted(where=before("3.12.0"), because="3.12 closes stdin without input, too (gh-83925)")
def test_communicate_without_input_closes_stdin(evidence):
    """communicate() without input closes the child's stdin, so that cat, which reads it all, ends.

    Up to 3.11 await child.communicate() with stdin=PIPE leaves it open, and hangs with each child
    that reads to the end of its input: cat, sort, gpg, ssh, python -.  That of subprocess.Popen
    closes it in all versions.  Instead, there: communicate(b""), or stdin=DEVNULL.
    """

    async def main():
        child = await shell("cat", stdin=PIPE, stdout=PIPE)
        child.stdin.write(b"text")
        talking = asyncio.create_task(child.communicate())
        await steps()
        closed = child.stdin.is_closing()
        child.stdin.close()
        out, _ = await talking
        control(out == b"text", f"cat must get the text, and write it, not {out!r}")
        return closed

    assert evidence(closed=run(main)) is True


def drop_after_its_loop():
    """Return what is raised, where no code sees it, when a child goes whose loop is closed."""
    raised, kept = [], []

    async def main():
        kept.append(await shell("read line", stdin=PIPE))

    sys.unraisablehook = lambda seen: raised.append(f"{seen.exc_type.__name__}: {seen.exc_value}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an unclosed transport
        run(main)
        kept.clear()
        gc.collect()
    return raised


@claim("ACHILD17")
@predicts("N130")
@applies(
    where=LINUX and since("3.12.0") and hasattr(os, "pidfd_open"),
    because="where a thread waits for each child, it keeps the child until that has ended",
)
@refuted(
    where=before("3.13.4"),
    because="3.13.4 and 3.14 leave the pipes of a closed loop alone (gh-114177)",
    by="AssertionError: assert ['RuntimeError'] == []",
)
def test_a_child_may_outlive_its_loop(programs, evidence):
    """A child process that asyncio.run() leaves running can be dropped later, without an error.

    In 3.12, and up to 3.13.3, its end prints "Exception ignored in: <function
    BaseSubprocessTransport.__del__ ...>", "RuntimeError: Event loop is closed".  It does no harm.
    To be rid of it, await process.wait(), or communicate(), before asyncio.run() returns; kill()
    the process first if it would not end.
    """
    os.close(pidfd_of(os.getpid()))
    raised = evidence(raised=programs.call(drop_after_its_loop))
    assert [text.partition(":")[0] for text in raised] == []


def noting_what_starts():
    """Have subprocess.Popen() note what it starts, in this program; return the list."""
    started, popen = [], subprocess.Popen

    def start(*arguments, **keywords):
        started.append(popen(*arguments, **keywords))
        return started[0]

    subprocess.Popen = start
    return started


def run_silently(main):
    """Run a coroutine function that leaves a transport unclosed, and collect garbage."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = run(main)
        gc.collect()
    return seen


def cancel_while_a_child_starts():
    """Tell whether create_subprocess_exec() has ended, when all tasks were cancelled."""
    started = noting_what_starts()

    async def main():
        others = asyncio.all_tasks()
        starting = asyncio.ensure_future(shell("read line", stdin=PIPE, stdout=PIPE))
        await steps(2)
        control(started and not starting.done(), "the child must be being started")
        for task in asyncio.all_tasks() - others:
            task.cancel()
        await told_of_its_end(started[0])
        ended = starting.done()
        starting.cancel()
        await asyncio.wait([starting])
        return ended

    return run_silently(main)


@claim("ACHILD19")
@predicts("N200")
@refuted(
    where=since("3.11.1") and before("3.13.10", "3.14.1"),
    because="3.11.1 to 3.13.9 and 3.14.0 wait for pipes that nobody connects (gh-103847)",
)
def test_a_child_being_started_does_not_hang_the_end(programs, evidence):
    """asyncio.run() returns, though a task that it cancels is in create_subprocess_exec().

    In 3.11.1 to 3.13.9 and in 3.14.0 it hangs, if the child has a PIPE: the child is killed, and
    the cancelled task waits for ever.  So the program hangs at its end, and shows no traceback,
    when another coroutine in asyncio.gather() raises.  create_subprocess_shell() is the same.
    Instead, there: a TaskGroup, which waits for its tasks, in place of gather(), or
    gather(..., return_exceptions=True).
    """
    assert evidence(ended=programs.call(cancel_while_a_child_starts)) is True


def cancel_while_a_child_with_pipes_starts():
    """Return what goes to the loop's exception handler, if the start of a child is cancelled."""
    started, told = noting_what_starts(), []

    async def main():
        handler = asyncio.get_running_loop().set_exception_handler
        handler(lambda _, context: told.append(repr(context.get("exception"))))
        starting = asyncio.ensure_future(shell("read line", stdin=PIPE, stdout=PIPE))
        await steps(1)
        starting.cancel()
        await steps(1)
        control(started and not starting.done(), "the child must be being started")
        if hasattr(os, "waitid"):  # so that its end is told before its pipes are connected
            with contextlib.suppress(ChildProcessError):  # a thread has waited for it
                os.waitid(os.P_PID, started[0].pid, os.WEXITED | os.WNOWAIT)
        await asyncio.wait([starting])
        await steps(10)
        return told

    return run_silently(main)


@claim("ACHILD20")
@predicts("N224")
@applies(where=LINUX, because="where a thread waits for a child, its end may come too late")
@refuted(
    where=since("3.13.10", "3.14.1") and before("3.13.13", "3.14.4"),
    because="3.13.10 and 3.14.1 let two places tell who waits for the child (gh-140805)",
)
def test_a_start_that_is_cancelled_ends_in_silence(programs, evidence):
    """A create_subprocess_exec() with PIPE that is cancelled, or times out, logs no error.

    In 3.13.10 to 3.13.12 and 3.14.1 to 3.14.3 "Exception in callback BaseSubprocessTransport.
    _call_connection_lost()" is logged, with InvalidStateError, "invalid state" (gh-145541): after
    Ctrl-C, wait_for() around it, or when another task of gather() fails just then.  The child is
    killed as it should be.  Instead: update.
    """
    assert evidence(told=programs.call(cancel_while_a_child_with_pipes_starts)) == []
