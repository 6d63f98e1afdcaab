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
    raises,
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
    """args may be a list, such as [i,]; a bare number is a TypeError at once, before start()."""
    with raises(TypeError) as refusal:
        ctx.Process(target=tell_all, args=7)
    child = ctx.Process(target=tell_all, args=[reports.reporter, 7, "eight"])
    child.start()
    received = reports.next()
    evidence(received=received, bare_number=type(refusal.error).__name__)
    assert joined(child) == [0]
    assert received == [7, "eight"]


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
    """The ten squares are printed once each, but not necessarily in the order of starting.

    Here each process waits for the one started after it, so the order is the reverse.
    """
    last = 3 if start_method == "spawn" else 9  # spawn starts a whole interpreter for each
    finished = programs.run(SQUARES.format(method=start_method, last=last))
    evidence(printed=" ".join(finished.lines))
    assert (finished.exit_code, finished.err) == (0, "")
    assert finished.lines == [str(n * n) for n in range(last, -1, -1)]


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
    """Nobody joins the processes, yet all output appears: the parent waits for them at its exit.

    It does not wait for daemonic processes: those it terminates.
    """
    finished = programs.run(UNJOINED.format(method=start_method))
    evidence(square_and_whether_the_parent_lives=sorted(finished.lines))
    assert sorted(finished.lines) == ["0 True", "1 True", "4 True"]
    assert (finished.exit_code, finished.err) == (0, "")


@claim("4.04")
def test_in_one_process_the_ten_sleeps_add_up(evidence):
    """In one process, one after the other, ten calls take at least ten sleeps.

    A sleep never ends early (since Python 3.5), so no load can make the sum smaller.
    """
    nap = 0.01
    begin = time.monotonic()
    for _ in TEN:
        time.sleep(nap)
    taken = time.monotonic() - begin
    evidence(taken=f"{taken / nap:.2f} sleeps")
    assert taken >= 10 * nap


def be_inside(report):
    report.hold(os.getpid())


@claim("4.05")
def test_ten_processes_are_inside_at_once(ctx, reports, evidence):
    """Ten processes are started and run side by side: all ten are inside at once.

    Each waits inside until all ten are there: one after the other they would never end.
    """
    children = started(ctx.Process(target=be_inside, args=(reports.reporter,)) for _ in TEN)
    inside = reports.collect(10)
    alive = [child.is_alive() for child in children]
    reports.release()
    evidence(pids=len(set(inside)), alive_at_once=sum(alive))
    assert joined(*children) == [0] * 10
    assert alive == [True] * 10
    assert len({*inside, os.getpid()}) == 11
    assert sorted(inside) == sorted(child.pid for child in children)


def wait_inside(report):
    begin = time.monotonic()
    report.hold(begin)
    report((begin, time.monotonic()))


@claim("4.06")
def test_processes_sleep_at_the_same_time(ctx, reports, evidence):
    """Processes sleep at the same time: ten need little more than one sleep, not ten.

    Here two wait until both have begun, so that no clock decides: either wait begins before the
    other one ends.  (time.monotonic() is the same clock in every process.)
    """
    children = started(ctx.Process(target=wait_inside, args=(reports.reporter,)) for _ in range(2))
    reports.collect(2)
    reports.release()
    waits = reports.collect(2)
    begins, ends = zip(*waits, strict=True)
    evidence(
        waits_in_sum=f"{sum(ends) - sum(begins):.2f} s",
        all_together=f"{max(ends) - min(begins):.2f} s",
    )
    assert joined(*children) == [0, 0]
    assert max(begins) <= min(ends)


@claim("4.07")
def test_ten_threads_are_inside_at_once_just_as_well(evidence):
    """That is concurrency, not parallelism: ten threads of one process do the same.

    While they wait they need no core, so neither the GIL nor a single core hinders them.
    """
    inside, seen = [], []

    def meet():
        inside.append((os.getpid(), threading.get_ident()))
        outcome(until, lambda: len(inside) == 10 or seen, "all ten threads inside")
        seen.append(len(inside))  # fewer if it has waited in vain; then no other waits

    threads = started(threading.Thread(target=meet) for _ in TEN)
    joined(*threads)
    evidence(seen_inside=seen, processes=len({pid for pid, _ in inside}))
    assert seen == [10] * 10
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
    """The __main__ guard is required: without it the child fails, alone, with exit code 1.

    Such a child imports the main module first, and so would start a child itself: RuntimeError.
    Since 3.14 the default start method on Linux is one of those (forkserver).
    """
    guarded, unguarded = (
        programs.run(CHILD_AT_TOP_LEVEL.format(method=start_method, guard=guard))
        for guard in ("__name__ == '__main__'", "True")
    )
    error = unguarded.err.strip().rpartition("\n")[2].partition(":")[0]
    evidence(exit_code=unguarded.exit_code, printed=unguarded.lines, error=error)
    control(
        guarded.lines == ["the child works", "its exit code is 0"],
        f"with the guard the program printed {guarded.lines}\n{guarded.err}",
    )
    assert unguarded.lines == ["its exit code is 1"]
    assert unguarded.exit_code == 0
    assert "RuntimeError" in unguarded.err


ENDINGS = ("returns", "exits", "raises", "is stopped", "is a daemon")


def work(results, ending):
    """Tell who one is, then end in one of the ways in which a process can end."""
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
    """Start a process for every ending, and return what the parent gets to know of them."""
    ctx = multiprocessing.get_context(start_method)
    results = ctx.Queue()
    children = {
        ending: ctx.Process(target=work, args=(results, ending), name=f"the one that {ending}")
        for ending in ENDINGS
    }
    children["is a daemon"].daemon = True
    for child in children.values():
        child.start()
    received = [results.get(timeout=PATIENCE) for _ in range(6)]
    errors = [error for error in received if isinstance(error, LookupError)]

    stuck = children["is stopped"]
    after_timeout = (stuck.join(timeout=0.01), stuck.is_alive(), stuck.exitcode)
    stuck.terminate()
    exit_codes = joined(*(children[ending] for ending in ENDINGS[:4]))
    return {
        "told": sorted(told for told in received if told not in errors),
        "known": [(ending, child.name, child.pid) for ending, child in sorted(children.items())],
        "errors": [(type(error).__name__, error.args) for error in errors],
        "join(timeout), alive, exit code": after_timeout,
        "exit codes": exit_codes,
        "daemon alive": children["is a daemon"].is_alive(),
    }


@claim("4.09")
def test_a_fuller_example_shows_results_and_every_ending(start_method, programs, evidence):
    """A parent can learn each child's name, pid, results, exception and way of ending.

    Results and exceptions come through a queue.  The exit code is 0 after a return, n after
    sys.exit(n), 1 after an exception, -N after signal N.  join(timeout) gives up waiting.  A
    daemon that still runs is terminated when the program ends.
    """
    seen = programs.call(fuller_example, start_method)
    evidence(**{name: seen[name] for name in ("exit codes", "errors", "daemon alive")})
    assert [(ending, name, pid) for ending, name, pid, _ in seen["told"]] == seen["known"]
    assert len({pid for _, _, pid in seen["known"]}) == len(ENDINGS)
    assert [ending for ending, _, _, daemon in seen["told"] if daemon] == ["is a daemon"]
    assert {name for _, name, _ in seen["known"]} == {f"the one that {e}" for e in ENDINGS}
    assert seen["errors"] == [("LookupError", ("no square of this",))]
    assert seen["join(timeout), alive, exit code"] == (None, True, None)
    assert seen["exit codes"] == [0, 3, 1, -signal.SIGTERM]
    assert seen["daemon alive"]
