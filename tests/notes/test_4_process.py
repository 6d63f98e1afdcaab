"""Section 4 of the notes: ten processes, each sleeping for a second and printing a square.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

The program makes ten processes in a loop behind a __main__ guard (4.08).  Each gets a number by
args=[i,] (4.01), sleeps for a second, and prints its square (4.02).  The program joins none of them
(4.03).  The notes show no output.  They say that in a single process this takes ten seconds and
more (4.04), and that here ten processes are started and run in parallel (4.05), so that it takes
little more than one second (4.06; threads do as well, 4.07).

The example seems too simple to them, and they ask for a fuller one (4.09).

That sleepers sleep at the same time is decided by logic: ten sleeps, each of which has its full
length, do not fit into the time of five unless some of them overlap.  (To see the calls overlap is
not enough: one might wait in its call until another has slept.)

Source: https://docs.python.org/3/library/multiprocessing.html#the-process-class
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from functools import partial

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
)

TEN = range(10)

#: A switch interval (in seconds) that never ends while a spec runs: no thread is pre-empted.
NEVER = 1000


@claim("4.01")
def test_arguments_may_come_as_a_list_but_not_alone(ctx, reports, evidence):
    """args may be a list, such as [i,], but not a bare number: Process(...) raises TypeError.

    "TypeError: 'int' object is not iterable" comes from Process(...), before start().  One argument
    is passed as args=(i,) or args=[i].
    """
    refusal = evidence(bare_number=outcome(ctx.Process, target=tell_all, args=7))
    assert (type(refusal), str(refusal)) == (TypeError, "'int' object is not iterable")
    child = ctx.Process(target=tell_all, args=[reports.reporter, 7, "eight"])
    child.start()
    assert evidence(received=reports.next()[1:]) == (7, "eight")
    assert joined(child) == [0]


@claim("4.01")
def test_the_child_runs_its_target_with_the_arguments(ctx, reports, evidence):
    """target is the function that the child runs, and args are the arguments that it is given."""
    children = started(
        ctx.Process(target=tell_all, args=(reports.reporter, number, [number])) for number in (1, 2)
    )
    told = evidence(pid_and_arguments=sorted(reports.collect(2)))
    assert told == sorted((child.pid, n, [n]) for child, n in zip(children, (1, 2), strict=True))
    assert joined(*children) == [0, 0]


def tell_all(report, *arguments):
    report((os.getpid(), *arguments))


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


@claim("4.03")
def test_the_parent_waits_at_its_exit_for_unjoined_children(start_method, programs, evidence):
    """A program waits at its exit for child processes that nobody joined, so all output appears.

    It does not wait for daemon processes (daemon=True): it terminates them.  Under spawn and
    forkserver, join() all the same: a program that ends before its child has opened the Lock or
    Queue that it was given takes that away from it (gh-94765).
    """
    finished = programs.run(UNJOINED.format(method=start_method))
    assert (finished.exit_code, finished.err) == (0, "")
    squares_and_whether_the_parent_lives = evidence(printed=sorted(finished.lines))
    assert squares_and_whether_the_parent_lives == ["0 True", "1 True", "4 True"]


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


@claim("4.04")
def test_in_one_process_the_ten_sleeps_add_up(evidence):
    """One after the other in one process, ten calls that sleep take at least ten sleeps.

    time.sleep() never ends early (since Python 3.5), so no load makes the sum smaller.
    """
    nap = NAPS[0]
    windows = [sleep_once(nap) for _ in TEN]
    # Rounded, since on Windows sleep() and perf_counter() go by two clocks.
    assert evidence(sleeps=round(sum(end - begin for begin, end in windows) / nap, 1)) >= 10


@claim("4.05")
def test_ten_processes_sleep_at_once(ctx, reports, evidence):
    """Ten processes that are started in a loop run, and sleep, at the same time.

    Each waits inside until all ten are there: one after the other they would never meet.  Then they
    sleep, and all together need less time than five sleeps.
    """
    sleeps = sleeps_needed(partial(sleep_in_processes, ctx, reports), 10, fewer_than=5)
    assert 1 <= evidence(sleeps_that_ten_processes_need=sleeps) < 5


@claim("4.06")
def test_processes_that_sleep_do_not_wait_for_each_other(ctx, reports, evidence):
    """Processes sleep at the same time, so ten need little more than one sleep, not ten.

    Here two processes need less time than two sleeps, so they sleep at the same time.  To start
    processes takes time, too, which is not counted here.
    """
    sleeps = sleeps_needed(partial(sleep_in_processes, ctx, reports), 2, fewer_than=2)
    assert 1 <= evidence(sleeps_that_two_processes_need=sleeps) < 2


@claim("4.07")
def test_ten_threads_sleep_at_once_just_as_well(programs, evidence):
    """Ten threads of one process sleep at the same time just as well as ten processes do.

    That is concurrency, not parallelism.  A thread that waits needs no core, and time.sleep()
    releases the GIL.  For work that waits (I/O-bound: files, the network) threads are enough, and
    they cost less.
    """
    sleeps = sleeps_needed(partial(programs.call, sleep_in_threads), 10, fewer_than=5)
    assert 1 <= evidence(sleeps_that_ten_threads_need=sleeps) < 5


def sleep_in_threads(count, nap):
    """Start threads that sleep, none of which is ever interrupted; return when each slept."""
    sys.setswitchinterval(NEVER)
    windows = []
    threads = [
        threading.Thread(target=lambda: windows.append(sleep_once(nap))) for _ in range(count)
    ]
    joined(*started(threads))
    return windows


@claim("4.08")
@refuted(
    start_method="fork",
    because="POSIX: a forked child is a copy of the program and imports nothing, so it works",
)
def test_without_the_main_guard_a_child_does_not_work(start_method, programs, evidence):
    """Without the __main__ guard a child does not work: it fails as it imports the main module.

    A child of spawn or forkserver imports the main module, and without "if __name__ ==
    '__main__':" that starts a child again: "RuntimeError: An attempt has been made to start a new
    process before the current process has finished its bootstrapping phase."  The child ends with
    exit code 1, and the parent goes on.  In 3.13 since 3.13.8, and in 3.14 since 3.14.1, the fork
    server imports the main module, too, and dies of it: start() fails in the parent.  A forked
    child imports nothing.  Spawn is the default on Windows always, on macOS since 3.8; forkserver
    is the default elsewhere since 3.14.  So guard every program that starts processes.
    """
    guarded, unguarded = (
        programs.run(CHILD_AT_TOP_LEVEL.format(method=start_method, guard=guard))
        for guard in ("__name__ == '__main__'", "True")
    )
    works = guarded.lines == ["the child works", "its exit code is 0"]
    control(works, f"with the guard the program printed {guarded.lines}\n{guarded.err}")
    assert "the child works" not in evidence(printed=unguarded.lines)
    raised = NOT_YET if NOT_YET in " ".join(unguarded.err.split()) else unguarded.err
    assert evidence(raised=raised) == NOT_YET
    in_parent = FORK_SERVER_DIES and start_method == "forkserver"
    assert unguarded.lines == ([] if in_parent else ["its exit code is 1"])
    assert evidence(exit_code=unguarded.exit_code) == (1 if in_parent else 0)


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


NOT_YET = (
    "RuntimeError: An attempt has been made to start a new process before the current process has "
    "finished its bootstrapping phase."
)


# gh-126631 made the fork server import the main module, which it was meant to do all along;
# gh-141860 made it survive when that raises.
FORK_SERVER_DIES = not PYPY and since("3.13.8", "3.14.1") and before("3.15.0")


@claim("4.09", notes="answered")
def test_a_parent_can_learn_all_about_its_children(start_method, programs, evidence):
    """A parent can learn each child's name, pid, results, exception and way of ending.

    The notes ask for a fuller example than theirs: this is one, of five processes.
    Results and exceptions come through a queue.  The exit code is 0 after a return, n after
    sys.exit(n), 1 after an exception, -N after signal N.  join(timeout) stops waiting after the
    timeout and returns None, so ask is_alive().
    """
    seen = programs.once(fuller_example, start_method)
    names = ["daemon", "exits", "raises", "returns", "stuck"]
    assert [name for name, *_ in evidence(name_pid_and_daemon_flag=seen["sent"])] == names
    assert seen["sent"] == seen["known to the parent"]
    assert len({pid for _, pid, _ in seen["sent"]}) == 5


@claim("4.09")
def test_the_exit_code_tells_how_a_child_has_ended(start_method, programs, evidence):
    """exitcode is 0 after a return, n after exit(n), 1 after an exception, -N after signal N."""
    exit_codes = programs.once(fuller_example, start_method)["exit codes"]
    assert evidence(exit_codes=exit_codes) == {
        "returns": 0,
        "exits": 3,
        "raises": 1,
        "stuck": -signal.SIGTERM,
    }


@claim("4.09")
def test_a_queue_brings_the_exception_of_a_child(start_method, programs, evidence):
    """A child can put its exception into a queue, from which the parent gets it."""
    errors = programs.once(fuller_example, start_method)["errors"]
    assert evidence(errors=errors) == ["LookupError('no square of this')"]


@claim("4.09")
def test_join_with_a_timeout_returns_none_while_the_child_lives(start_method, programs, evidence):
    """join(timeout) returns None even if the child still runs: ask is_alive()."""
    seen = programs.once(fuller_example, start_method)["join(0.01) of the stuck child"]
    assert evidence(join=seen) == {"returned": None, "is_alive": True, "exitcode": None}


@claim("4.09")
def test_a_daemon_process_does_not_hold_up_the_end_of_the_program(start_method, programs, evidence):
    """A program that ends does not wait for its daemon processes: it terminates them."""
    seen = programs.once(fuller_example, start_method)  # it has ended, and left no process
    assert evidence(daemon_is_alive_at_the_end=seen["daemon is alive"]) is True


def fuller_example(start_method):
    """Start a child for each way to end, and return what the parent learns about them."""
    ctx = multiprocessing.get_context(start_method)
    results = ctx.Queue()
    children = {
        name: ctx.Process(target=work, args=(results,), name=name)
        for name in ("returns", "exits", "raises", "stuck", "daemon")
    }
    children["daemon"].daemon = True
    started(children.values())
    received = [results.get(timeout=PATIENCE) for _ in range(6)]  # five of them, and an exception
    errors = [one for one in received if isinstance(one, Exception)]

    stuck = children["stuck"]
    timed_out = {"returned": stuck.join(0.01), "is_alive": stuck.is_alive()}
    timed_out["exitcode"] = stuck.exitcode
    stuck.terminate()
    to_join = {name: child for name, child in children.items() if name != "daemon"}
    exit_codes = joined(*to_join.values())
    return {
        "sent": sorted(one for one in received if one not in errors),
        "known to the parent": sorted((c.name, c.pid, c.daemon) for c in children.values()),
        "errors": [repr(error) for error in errors],
        "join(0.01) of the stuck child": timed_out,
        "exit codes": dict(zip(to_join, exit_codes, strict=True)),
        "daemon is alive": children["daemon"].is_alive(),
    }


def work(results):
    """Send what this child knows of itself, and end as its name says."""
    me = multiprocessing.current_process()
    results.put((me.name, os.getpid(), me.daemon))
    if me.name == "exits":
        sys.exit(3)
    if me.name == "raises":
        error = LookupError("no square of this")
        results.put(error)
        raise error
    if me.name in ("stuck", "daemon"):
        threading.Event().wait()


# What several specs use.

#: For how many seconds to sleep, at first, and if a busy machine has kept the sleepers apart.
NAPS = (0.05, 0.1, 0.25)


def sleep_once(nap):
    """Sleep, and return when: by a clock that is the same in every process."""
    begin = time.perf_counter()
    time.sleep(nap)
    return begin, time.perf_counter()


def sleeps_needed(sleep_at_once, count, *, fewer_than):
    """Return how long so many sleepers need together, measured in sleeps."""
    for nap in NAPS:
        windows = sleep_at_once(count, nap)
        assert len(windows) == count
        begins, ends = zip(*windows, strict=True)
        sleeps = round((max(ends) - min(begins)) / nap, 1)
        if sleeps < fewer_than:
            break
    return sleeps


def sleep_in_processes(ctx, reports, count, nap):
    """Start processes, let them sleep when all of them are there, and return when each slept."""
    children = started(
        ctx.Process(target=sleep_when_released, args=(reports.reporter, nap)) for _ in range(count)
    )
    inside = sorted(reports.collect(count))
    assert inside == sorted(child.pid for child in children)
    assert len({*inside, os.getpid()}) == count + 1
    reports.release()
    windows = reports.collect(count)
    assert joined(*children) == [0] * count
    return windows


def sleep_when_released(report, nap):
    report.hold(os.getpid())
    report(sleep_once(nap))
