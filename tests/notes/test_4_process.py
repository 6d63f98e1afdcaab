"""Section 4 of the notes: ten processes, each sleeping for a second and printing a square.

Source: https://docs.python.org/3/library/multiprocessing.html#the-process-class
"""

import multiprocessing
import os
import signal
import sys
import threading
import time

from tests.harness import (
    PATIENCE,
    PYPY,
    before,
    claim,
    control,
    joined,
    outcome,
    refuted,
    since,
    started,
    until,
)

TEN = range(10)


def tell_all(report, *arguments):
    report(list(arguments))


@claim("4.01")
def test_arguments_may_come_as_a_list_but_not_alone(ctx, reports, evidence):
    """args may be a list, such as [i,], but not a bare number: Process(...) raises TypeError.

    "TypeError: 'int' object is not iterable" comes from Process(...), before start().  One argument
    is passed as args=(i,) or args=[i].
    """
    refusal = outcome(ctx.Process, target=tell_all, args=7)
    assert evidence(bare_number=refusal, kind=type(refusal))[1] is TypeError
    child = ctx.Process(target=tell_all, args=[reports.reporter, 7, "eight"])
    child.start()
    assert evidence(received=reports.next()) == [7, "eight"]
    assert joined(child) == [0]


SQUARES = """\
import multiprocessing
import os
import time

def print_square(n):
    while n < {last} and not os.path.exists(f"{{n + 1}} has printed"):
        time.sleep(0.001)
    print(n * n, flush=True)
    os.mkdir(f"{{n}} has printed")

if __name__ == "__main__":
    ctx = multiprocessing.get_context({method!r})
    for n in range({last} + 1):
        ctx.Process(target=print_square, args=[n]).start()
"""


@claim("4.02")
def test_each_square_is_printed_once_in_no_promised_order(start_method, programs, evidence):
    """Each of the ten squares is printed once, not necessarily in the order of starting.

    Processes run at the same time, and any of them may be first.  Here each waits for the one that
    was started after it, so the order is the reverse.
    """
    last = 3 if start_method == "spawn" else 9  # spawn starts a whole interpreter for each
    finished = programs.run(SQUARES.format(method=start_method, last=last))
    assert (finished.exit_code, finished.err) == (0, "")
    assert evidence(printed=finished.lines) == [str(n * n) for n in range(last, -1, -1)]


UNJOINED = """\
import multiprocessing
import os
import time

def print_late(n):
    while not os.path.exists("the main module has ended"):
        time.sleep(0.001)
    parent = multiprocessing.parent_process()
    parent.join(0.15)  # time for it to leave
    print(n * n, parent.is_alive())

if __name__ == "__main__":
    ctx = multiprocessing.get_context({method!r})
    for n in range(3):
        ctx.Process(target=print_late, args=[n]).start()
    os.mkdir("the main module has ended")
"""


@claim("4.03")
def test_the_parent_waits_at_its_exit_for_unjoined_children(start_method, programs, evidence):
    """A program waits at its exit for child processes that nobody joined, so all output appears.

    It does not wait for daemon processes (daemon=True): it terminates them.
    """
    finished = programs.run(UNJOINED.format(method=start_method))
    assert (finished.exit_code, finished.err) == (0, "")
    squares_and_whether_the_parent_lives = evidence(printed=sorted(finished.lines))
    assert squares_and_whether_the_parent_lives == ["0 True", "1 True", "4 True"]


@claim("4.04")
def test_in_one_process_the_ten_sleeps_add_up(evidence):
    """One after the other in one process, ten calls that sleep take at least ten sleeps.

    time.sleep() never ends early (since Python 3.5), so no load makes the sum smaller.
    """
    nap = 0.01
    begin = time.monotonic()
    for _ in TEN:
        time.sleep(nap)
    taken = time.monotonic() - begin
    assert evidence(sleeps=round(taken / nap, 2)) >= 10


def be_inside(report):
    report.hold(os.getpid())


@claim("4.05")
def test_ten_processes_are_inside_at_once(ctx, reports, evidence):
    """Ten processes that are started in a loop run at the same time.

    Each waits inside until all ten are there: one after the other they would never meet.
    """
    children = started(ctx.Process(target=be_inside, args=(reports.reporter,)) for _ in TEN)
    inside = evidence(inside=sorted(reports.collect(10)))
    assert inside == sorted(child.pid for child in children)
    assert len({*inside, os.getpid()}) == 11
    assert all(child.is_alive() for child in children)
    reports.release()
    assert joined(*children) == [0] * 10


def wait_inside(report):
    begin = time.monotonic()
    report.hold(begin)
    report((begin, time.monotonic()))


@claim("4.06")
def test_processes_sleep_at_the_same_time(ctx, reports, evidence):
    """Processes sleep at the same time, so ten need little more than one sleep, not ten.

    Here two processes wait until both have begun: each begins before the other one ends.
    time.monotonic() is the same clock in every process.
    """
    children = started(ctx.Process(target=wait_inside, args=(reports.reporter,)) for _ in range(2))
    reports.collect(2)
    reports.release()
    waits = reports.collect(2)
    assert joined(*children) == [0, 0]
    begins, ends = zip(*evidence(waits=waits), strict=True)
    assert max(begins) <= min(ends)


@claim("4.07")
def test_ten_threads_are_inside_at_once_just_as_well(evidence):
    """Ten threads of one process wait at the same time just as well as ten processes do.

    That is concurrency, not parallelism.  A thread that waits needs no core and no GIL.  For work
    that waits (I/O-bound: files, the network) threads are enough, and they cost less.
    """
    inside, seen = [], []

    def meet():
        inside.append((os.getpid(), threading.get_ident()))
        outcome(until, lambda: len(inside) == 10 or seen, "all ten threads inside")
        seen.append(len(inside))  # fewer if it has waited in vain; then no other waits

    threads = started(threading.Thread(target=meet) for _ in TEN)
    joined(*threads)
    assert evidence(seen_inside=seen) == [10] * 10
    assert set(inside) == {(os.getpid(), thread.ident) for thread in threads}


CHILD_AT_TOP_LEVEL = """\
import multiprocessing

def work():
    print("the child works", flush=True)

if {guard}:
    child = multiprocessing.get_context({method!r}).Process(target=work)
    child.start()
    child.join()
    print("its exit code is", child.exitcode)
"""

# gh-126631 made the fork server import the main module, which it was meant to do all along;
# gh-141860 made it survive when that raises.
FORK_SERVER_DIES = not PYPY and (since("3.13.8", "3.14.1") and before("3.15.0"))


@claim("4.08")
@refuted(
    start_method="fork",
    because="POSIX: a forked child is a copy of the program and imports nothing, so it works",
)
@refuted(
    where=FORK_SERVER_DIES,
    start_method="forkserver",
    because="gh-126631: the fork server (3.13.8+, 3.14.1+) imports the main module too and dies "
    "of it, so start() itself fails; from 3.15 (gh-141860) it lives on",
)
def test_without_the_main_guard_the_child_alone_fails(start_method, programs, evidence):
    """The __main__ guard is required: without it, the child fails with exit code 1.

    A child of spawn or forkserver imports the main module, and without "if __name__ ==
    '__main__':" it would start a child itself: RuntimeError "An attempt has been made to start a
    new process before the current process has finished its bootstrapping phase."  The parent goes
    on.  Windows and macOS spawn by default; Linux uses forkserver since 3.14.
    """
    guarded, unguarded = (
        programs.run(CHILD_AT_TOP_LEVEL.format(method=start_method, guard=guard))
        for guard in ("__name__ == '__main__'", "True")
    )
    works = guarded.lines == ["the child works", "its exit code is 0"]
    control(works, f"with the guard the program printed {guarded.lines}\n{guarded.err}")
    assert evidence(printed=unguarded.lines) == ["its exit code is 1"]
    assert evidence(exit_code=unguarded.exit_code) == 0
    assert "RuntimeError" in unguarded.err


ENDINGS = ("returns", "exits", "raises", "is stopped", "is a daemon")


def work(results, ending):
    """Send name, pid and daemon flag, then end in one of the ways in which a process can end."""
    me = multiprocessing.current_process()
    results.put((ending, me.name, os.getpid(), me.daemon))
    if ending == "exits":
        sys.exit(3)
    if ending == "raises":
        error = LookupError("no square of this")
        results.put(error)
        raise error
    if ending in ("is stopped", "is a daemon"):
        threading.Event().wait()


def fuller_example(start_method):
    """Start a process for every ending, and return what the parent learns about them."""
    ctx = multiprocessing.get_context(start_method)
    results = ctx.Queue()
    children = {
        ending: ctx.Process(target=work, args=(results, ending), name=f"the one that {ending}")
        for ending in ENDINGS
    }
    children["is a daemon"].daemon = True
    started(children.values())
    received = [results.get(timeout=PATIENCE) for _ in range(6)]
    errors = [error for error in received if isinstance(error, LookupError)]

    stuck = children["is stopped"]
    after_timeout = (stuck.join(timeout=0.01), stuck.is_alive(), stuck.exitcode)
    stuck.terminate()
    exit_codes = joined(*(children[ending] for ending in ENDINGS[:4]))
    return {
        "sent": sorted(sent for sent in received if sent not in errors),
        "known": sorted((e, child.name, child.pid, child.daemon) for e, child in children.items()),
        "errors": [(type(error).__name__, error.args) for error in errors],
        "join(timeout), alive, exit code": after_timeout,
        "exit codes": exit_codes,
        "daemon alive": children["is a daemon"].is_alive(),
    }


@claim("4.09", notes="answered")
def test_a_parent_can_learn_all_about_its_children(start_method, programs, evidence):
    """A parent can learn each child's name, pid, results, exception and way of ending.

    Results and exceptions come through a queue.  The exit code is 0 after a return, n after
    sys.exit(n), 1 after an exception, -N after signal N.  join(timeout) stops waiting after the
    timeout and returns None, so ask is_alive().
    """
    seen = programs.once(fuller_example, start_method)
    assert evidence(sent=seen["sent"]) == seen["known"]
    assert len({pid for _, _, pid, _ in seen["known"]}) == len(ENDINGS)
    assert evidence(errors=seen["errors"]) == [("LookupError", ("no square of this",))]
    assert evidence(exit_codes=seen["exit codes"]) == [0, 3, 1, -signal.SIGTERM]
    assert seen["join(timeout), alive, exit code"] == (None, True, None)


@claim("4.09")
def test_a_daemon_process_does_not_hold_up_the_end_of_the_program(start_method, programs, evidence):
    """A program that ends does not wait for its daemon processes: it terminates them."""
    seen = programs.once(fuller_example, start_method)  # it has ended, and left no process
    assert evidence(alive_before=seen["daemon alive"]) is True
