"""Timeouts of subprocess: what is raised, who is killed, and what becomes of the output.

Source: https://docs.python.org/3/library/subprocess.html#subprocess.TimeoutExpired
"""

import signal
import subprocess
from types import SimpleNamespace

from tests.harness import (
    GRACE,
    PATIENCE,
    Inconclusive,
    before,
    cases,
    claim,
    control,
    needs_posix,
    outcome,
    pause,
    predicts,
    refuted,
    since,
    until,
)
from tests.library.subprocess.tether import GRANDCHILD, readable, tether

every_spec = [needs_posix]

#: A child that prints a line, waits for the end of its standard input, and prints another.
TWO_LINES = ["/bin/sh", "-c", "echo first; cat; echo last; exit 3"]


@claim("POPEN28")
@cases(then=("goes on", "is killed"))
def test_communicate_after_a_timeout_has_lost_nothing(then, evidence):
    """communicate() after a TimeoutExpired returns all output, from the beginning.

    The exception ends neither the child nor the reading.  The recipe of the documentation is
    kill() and once more communicate(), which reads what was printed until then.
    """
    with (
        tether() as line,
        subprocess.Popen(TWO_LINES, stdout=subprocess.PIPE, **line.streams) as process,
    ):
        control(readable(process.stdout, PATIENCE), "the first line comes")
        error = outcome(process.communicate, timeout=GRACE / 10)
        control(isinstance(error, subprocess.TimeoutExpired), f"it is another: {error!r}")
        if then == "goes on":
            line.cut()
        else:
            process.kill()
            line.cut()
        output, _ = process.communicate()
    expected = (b"first\nlast\n", 3) if then == "goes on" else (b"first\n", -signal.SIGKILL)
    assert evidence(output=output, returncode=process.returncode) == expected


@claim("POPEN29")
@cases(text=(True, False))
def test_a_timeout_has_the_output_so_far_as_bytes(text, evidence):
    """TimeoutExpired.stdout, also called output, is what came so far, as bytes even in text mode.

    You might expect a str with text=True (gh-87597).  Decode it, but the last character may be cut.
    It is None if nothing came, or if wait() raised.
    """
    for seconds in (GRACE, 10 * GRACE, PATIENCE):  # until it gets to reading in time
        with tether() as line:
            with subprocess.Popen(
                TWO_LINES, stdout=subprocess.PIPE, text=text, **line.streams
            ) as process:
                control(readable(process.stdout, PATIENCE), "the first line comes")
                error = outcome(process.communicate, timeout=seconds)
                line.cut()
                all_of_it = process.communicate()[0]
        if error.stdout is not None:
            break
    assert evidence(stdout=error.stdout, output=error.output) == (b"first\n", b"first\n")
    assert evidence(in_the_end=all_of_it) == ("first\nlast\n" if text else b"first\nlast\n")


@claim("POPEN30")
@cases(ask=("wait", "communicate"))
def test_a_timeout_of_a_popen_leaves_the_child_running(ask, evidence):
    """wait(timeout) and communicate(timeout=) raise TimeoutExpired, and the child goes on.

    "subprocess.TimeoutExpired: Command ... timed out after ... seconds" (POPEN31).  (run() has
    killed the child before it raises.)  TimeoutExpired is a SubprocessError and no TimeoutError, so
    "except TimeoutError" does not catch it.  Instead: kill() the child, and then wait().
    """
    with tether() as line, subprocess.Popen(["cat"], **line.streams) as process:
        error = outcome(getattr(process, ask), timeout=GRACE / 10)
        polled, lives = process.poll(), line.lives()
        line.cut()
    assert evidence(raised=type(error).__name__) == "TimeoutExpired"
    assert isinstance(error, subprocess.SubprocessError)
    assert not isinstance(error, TimeoutError)
    assert evidence(polled=polled, lives=lives) == (None, True)


@claim("POPEN31")
@cases(function=("Popen.wait", "Popen.communicate", "run"))
@refuted(
    where=before("3.13.4", "3.14.0"),
    function=("Popen.communicate", "run"),
    because="gh-133089: before 3.13.4 it was the rest of the time",
)
def test_a_timeout_says_how_long_it_was(function, evidence):
    """A TimeoutExpired says in its message, and as .timeout, the seconds that were given.

    "subprocess.TimeoutExpired: Command '['cat']' timed out after 0.1 seconds".  Up to 3.13.3
    communicate() and run() without pipes say how much was left of them when they began to wait:
    "timed out after 0.09997990999545436 seconds".
    """
    with tether() as line:
        if function == "run":
            error = outcome(subprocess.run, ["cat"], timeout=0.1, **line.streams)
        else:
            with subprocess.Popen(["cat"], **line.streams) as process:
                error = outcome(getattr(process, function[6:]), timeout=0.1)
                line.cut()
    control(isinstance(error, subprocess.TimeoutExpired), f"it is another: {error!r}")
    assert evidence(raised=f"{type(error).__module__}.{type(error).__name__}: {error}") == (
        "subprocess.TimeoutExpired: Command '['cat']' timed out after 0.1 seconds"
    )
    assert error.timeout == 0.1


@claim("POPEN32")
@cases(function=(subprocess.run, subprocess.call, subprocess.check_call, subprocess.check_output))
def test_run_kills_its_child_at_a_timeout(function, evidence):
    """run(timeout=), call(), check_call() and check_output() kill the child before they raise.

    It is a SIGKILL: the child cannot clean up.  Popen's own methods leave it running.
    """
    with tether() as line:
        error = outcome(function, ["cat"], timeout=GRACE / 10, **line.streams)
        assert evidence(raised=type(error).__name__, lives=line.lives()) == (
            "TimeoutExpired",
            False,
        )


def timed_out(command, line, seconds):
    """Tell whether a command's grandchild was there when run() killed the command."""
    error = outcome(
        subprocess.run, command, stdout=subprocess.PIPE, timeout=seconds, **line.streams
    )
    control(isinstance(error, subprocess.TimeoutExpired), f"it is another: {error!r}")
    return line.hears()


@claim("POPEN33")
@predicts("H05")
def test_run_does_not_kill_grandchildren_at_a_timeout(evidence):
    """run(timeout=) kills only the child: what that has started runs on.

    You might expect "cmd1; cmd2" with shell=True to be ended.  The shell is killed and its command
    is not: after subprocess.TimeoutExpired it is still running.  On POSIX run() raises in time all
    the same; on Windows it first waits for the grandchild's pipe.  Instead:
    Popen(start_new_session=True), and os.killpg() (POPEN36).
    """
    for seconds in (GRACE, 10 * GRACE, PATIENCE):  # until the shell gets to its command
        with tether() as line:
            if timed_out(["/bin/sh", "-c", GRANDCHILD + "wait"], line, seconds):
                assert evidence(grandchild_lives=line.lives()) is True
                return
    raise Inconclusive("the shell was too slow to start its command")


#: Before gh-141473 a communicate() without input forgot what was left of the input.
FORGETS_INPUT = before("3.13.10", "3.14.1")


@claim("POPEN34")
@refuted(where=FORGETS_INPUT, because="3.13.10 and 3.14.1 went on with the input (gh-141473)")
def test_communicate_after_a_timeout_goes_on_with_its_input(background, evidence):
    """communicate() after a TimeoutExpired sends the rest of the input that the first one got.

    Up to 3.13.9 and 3.14.0 it does not, and does not close stdin either: the child waits for the
    rest, and communicate() for the child, a deadlock.  To pass the input again is refused:
    "ValueError: Cannot send input after starting communication".  kill() the child instead.
    """
    text = b"x" * 300_000
    command = ["/bin/sh", "-c", "read line <&2; exec wc -c"]  # its standard error ends first
    with tether() as line:
        waits = line.streams["stdin"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=waits
        )
        first = outcome(process.communicate, text, timeout=GRACE)
        control(isinstance(first, subprocess.TimeoutExpired), f"it is another: {first!r}")
        again = outcome(process.communicate, text)
        line.cut()
        second = background(process.communicate)
        within = GRACE if FORGETS_INPUT else PATIENCE
        returned = outcome(until, lambda: second.finished, "its return", within=within) is None
        if not returned:
            process.kill()
        output = second.result()[0]
        process.stdin.close()
    assert evidence(again=f"{type(again).__name__}: {again}") == (
        "ValueError: Cannot send input after starting communication"
    )
    assert evidence(returned=returned)
    assert evidence(received=output.strip()) == b"300000"


@claim("POPEN50")
@refuted(where=before("3.15.0"), because="3.15 waits for a pidfd, or by kqueue (gh-83069)")
@refuted(
    where=since("3.15.0")
    and not (
        getattr(subprocess, "_CAN_USE_PIDFD_OPEN", True)
        or getattr(subprocess, "_CAN_USE_KQUEUE", True)
    ),
    because="Linux before 5.3, or a sandbox, refuses pidfd_open()",
)
def test_a_wait_with_a_timeout_does_not_poll(evidence):
    """wait(timeout) sleeps until the child ends or the time is over: it is no busy loop.

    Up to 3.14 it asks waitpid(WNOHANG) and sleeps by turns, for 0.5 ms at first and up to 50 ms: it
    learns of the end up to 50 ms late, and hundreds of waiting threads cost a core.  So does 3.15
    where the system has no pidfd (Linux before 5.3, some sandboxes).  communicate() and
    run(timeout=) end with such a wait, too.  Without a timeout wait() never polled.
    """
    slept, module = [], subprocess.time
    subprocess.time = SimpleNamespace(sleep=lambda seconds: (slept.append(seconds), pause(seconds)))
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        error = outcome(process.wait, GRACE)
        process.stdin.close()
    subprocess.time = module
    control(isinstance(error, subprocess.TimeoutExpired), f"it is another: {error!r}")
    assert evidence(sleeps=len(slept)) == 0


@claim("POPEN54")
@cases(ask=("wait", "communicate"))
@refuted(
    ask="communicate",
    because="selectors makes an int of the timeout",
    by="OverflowError: cannot convert float infinity to integer",
)
def test_a_timeout_can_be_infinite(ask, evidence):
    """wait() and communicate() take float("inf") as their timeout, and wait without a limit.

    communicate() with a pipe, and so run(capture_output=True, timeout=float("inf")), raises
    "OverflowError: cannot convert float infinity to integer".  wait() takes it on all releases; it
    raised "OverflowError", on macOS "TypeError: timeout must be a real number or None", in the
    betas of 3.15.  Instead: timeout=None.
    """
    command = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    with subprocess.Popen(["cat"], **command) as process:
        getattr(process, ask)(timeout=float("inf"))
    assert evidence(returncode=process.returncode) == 0
