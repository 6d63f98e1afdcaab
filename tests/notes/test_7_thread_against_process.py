"""Section 7 of the notes: the same list under threads and under processes, and locks.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

The program has a threading.Lock at module level (7.07 to 7.09), and a function that is given a list
and a number.  It acquires the lock, appends the number, releases the lock, and then prints the list
(7.12).  Behind a __main__ guard the program makes an empty list and prints "---processing---"
(7.14).  In a loop it starts ten processes that run the function with args=[info, i], and joins
each at once (7.10).  It sleeps for a second (7.13), prints "---threading----", and does the same
with ten threads.

The output is the first header, [0], [1] and so on to [9] (7.01), and then the second header, [0],
[0, 1] and so on to [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] (7.02).

A comment explains target and args (4.01).  The others, and the conclusion, say that a process does
not change the list of the main process (7.03, 7.04), and that a thread does (7.05).  They suppose
that only multiprocessing's Queue lets processes communicate (7.06), and ask for more about locks
(7.11).

Source: https://docs.python.org/3/library/multiprocessing.html#sharing-state-between-processes
and, for the locks, https://docs.python.org/3/library/threading.html#lock-objects
"""

import multiprocessing
import os
import sys
import threading
from contextlib import nullcontext
from pickle import PicklingError
from types import SimpleNamespace

from tests.harness import (
    DEFAULT_START_METHOD,
    FORK,
    GRACE,
    PATIENCE,
    POSIX,
    PYPY,
    applies,
    cases,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    started,
    until,
)

#: The notes' program.  Each worker is joined before the next is started.
PROGRAM = """\
import multiprocessing
import sys
import threading
import time

lock = threading.Lock()

def append_and_print(numbers, number):
    {acquire}
    numbers.append(number)
    {release}
    print(numbers)

if __name__ == "__main__":
    multiprocessing.set_start_method({start_method!r})
    info = []
    print("---processing---")
    for i in range(10):
        worker = multiprocessing.Process(target=append_and_print, args=[info, i])
        worker.start()
        worker.join()
    {between}
    print("the main process has", info, file=sys.stderr)
    print("---threading----")
    for i in range(10):
        worker = threading.Thread(target=append_and_print, args=[info, i])
        worker.start()
        worker.join()
"""


@claim("7.01")
def test_each_process_prints_a_list_of_one(programs, start_method, evidence):
    """Ten processes that append to a list that was passed to them print [0], [1], ... [9].

    Each process gets a copy of the list: fork copies it, and spawn and forkserver pickle it.  To
    collect what processes find, use a Queue, a Manager().list() or the return values of a pool.
    """
    program = run_program(programs, start_method)
    printed = " ".join(program.lines[:11])
    assert evidence(printed=printed) == "---processing--- [0] [1] [2] [3] [4] [5] [6] [7] [8] [9]"
    assert evidence(afterwards=program.err) == "the main process has []\n"
    assert program.exit_code == 0


@claim("7.02")
def test_the_threads_list_grows_with_each_thread(programs, start_method, evidence):
    """Ten threads that append to a list that was passed to them print [0], [0, 1], ... [0, ..., 9].

    All of them have the same list.  It was still empty when they began, after all ten processes.
    """
    program = run_program(programs, start_method)
    assert evidence(printed=program.lines[11:]) == [
        "---threading----",
        "[0]",
        "[0, 1]",
        "[0, 1, 2]",
        "[0, 1, 2, 3]",
        "[0, 1, 2, 3, 4]",
        "[0, 1, 2, 3, 4, 5]",
        "[0, 1, 2, 3, 4, 5, 6]",
        "[0, 1, 2, 3, 4, 5, 6, 7]",
        "[0, 1, 2, 3, 4, 5, 6, 7, 8]",
        "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]",
    ]
    assert program.exit_code == 0


@claim("7.03")
def test_what_children_append_never_reaches_the_parents_list(ctx, reports, evidence):
    """The list of the main process stays empty: a child process changes its own list.

    That is a copy, whatever the start method, and so is a global variable: the parent prints [].
    Send the values back: put() them into a multiprocessing.Queue, append to a Manager().list(), or
    let a Pool's map() bring the return values.
    """
    numbers = []
    children = started(
        ctx.Process(target=append_and_tell, args=[reports.reporter, numbers, i]) for i in range(3)
    )
    told = dict(reports.collect(3))
    in_the_children = [told.get(child.pid) for child in children]
    assert joined(*children) == [0, 0, 0]
    assert evidence(in_the_children=in_the_children) == [[0], [1], [2]]
    assert evidence(in_the_parent=numbers) == []


def append_and_tell(report, numbers, number):
    numbers.append(number)
    report((os.getpid(), numbers))


@claim("7.04")
def test_a_child_starts_from_the_list_at_start(ctx, start_method, reports, evidence):
    """A child gets the list as it is at start(), and no later change of the parent.

    That holds for an argument.  Only fork copies a module-level list: under spawn and forkserver
    the child imports the module, and its list is as the module made it.
    """
    passed = ["before"]
    child = ctx.Process(target=report_lists, args=(passed, reports.reporter))
    try:
        passed.append("before start()")
        info.append("in the parent")
        child.start()
        reports.next()
        passed.append("too late")
        info.append("too late")
        reports.release()
        argument, module_level = reports.next()
    finally:
        info.clear()
    assert evidence(argument=argument) == ["before", "before start()"]
    expected = ["in the parent"] if start_method == "fork" else []
    assert evidence(module_level=module_level) == expected
    assert joined(child) == [0]


def report_lists(passed, report):
    report.hold("begun")
    report((passed, info))


info = []


@claim("7.05")
def test_threads_change_the_list_of_the_process(evidence):
    """Threads change the list of the main program itself: all of them have the same object."""
    everybody, numbers, ids = threading.Barrier(10), [], []
    arguments = ([everybody, numbers, i, ids] for i in range(10))
    joined(*started(threading.Thread(target=append_beside_others, args=a) for a in arguments))
    assert sorted(evidence(main_list=numbers)) == [*range(10)]
    assert ids == [id(numbers)] * 10


def append_beside_others(everybody, numbers, number, ids):
    everybody.wait(PATIENCE)
    numbers.append(number)
    ids.append(id(numbers))


def by_manager():
    with multiprocessing.Manager() as manager:
        shared = manager.list()
        for number in (3, 5, 7):
            run_child(shared.append, number)
        return shared[-1] if list(shared) == [3, 5, 7] else None


def by_pipe():
    ours, theirs = multiprocessing.Pipe()
    run_child(theirs.send, 7)
    return ours.recv() if ours.poll() else None


def by_value():
    value = multiprocessing.Value("i")
    run_child(setattr, value, "value", 7)
    return value.value


def by_shared_memory():
    from multiprocessing.shared_memory import SharedMemory

    memory = SharedMemory(create=True, size=1)
    try:
        run_child(set_first_byte, memory, 7)
        return memory.buf[0]
    finally:
        memory.close()
        memory.unlink()


def by_file():
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="concurrency-spec-") as folder:
        path = Path(folder, "number")
        run_child(path.write_text, "7")
        return int(path.read_text()) if path.exists() else None


def by_exit_code():
    return run_child(sys.exit, 7)


@claim("7.06", notes="false")
@cases(send_seven=(by_manager, by_pipe, by_value, by_shared_memory, by_file, by_exit_code))
@refuted(because="pipes, shared memory, managers, files and exit codes carry information as well")
def test_nothing_but_a_queue_carries_information_between_processes(send_seven, evidence):
    """Only multiprocessing's Queue can carry information between processes.

    The notes err: pipes, shared memory, managers, files and exit codes do that as well.  With
    Manager().list() in place of the list, the loop of the notes collects what all children append.
    """
    control(by_queue() == 7, "a queue carries a number to the parent")
    assert evidence(arrived=send_seven()) != 7


def run_child(target, *arguments):
    """Run the target in a child process, under the default start method, until it has ended."""
    child = multiprocessing.Process(target=target, args=arguments)
    child.start()
    return joined(child)[0]


def set_first_byte(memory, value):
    memory.buf[0] = value
    memory.close()


def by_queue():
    letters = multiprocessing.SimpleQueue()
    run_child(letters.put, 7)
    return None if letters.empty() else letters.get()


@claim("7.07")
def test_a_module_level_lock_excludes_no_other_process(ctx, reports, evidence):
    """A module-level threading.Lock protects nothing between processes: each has its own.

    Two processes hold "the" lock at the same time.  threading.Lock vs multiprocessing.Lock: the one
    is for the threads of a process, the other for processes.  Pass a multiprocessing.Lock to them
    instead: only one process at a time holds it.
    """
    passed = ctx.Lock()
    children = started(
        ctx.Process(target=try_to_hold_both, args=(passed, reports.reporter)) for _ in range(2)
    )
    got = reports.collect(2)  # neither child has gone on: they hold what they got
    reports.release()
    assert evidence(got_the_module_level_lock=[one for one, _ in got]) == [True, True]
    assert evidence(got_the_lock_passed_to_them=sorted(one for _, one in got)) == [False, True]
    assert joined(*children) == [0, 0]


def try_to_hold_both(passed, report):
    report.hold((lock.acquire(False), passed.acquire(False)))


lock = threading.Lock()


@claim("7.08")
def test_a_forked_child_inherits_a_held_lock(ctx, start_method, reports, evidence):
    """A lock that the parent holds at start() is locked in a forked child, and nobody releases it.

    When the parent releases its lock, the child's copy stays locked: acquire() in the child is a
    deadlock.  A child of spawn or forkserver makes a new lock, which is free.
    """
    child = ctx.Process(target=try_lock, args=(reports.reporter,))
    with held_by_the_parent:
        child.start()
        reports.next()
    assert evidence(free_in_the_parent=not held_by_the_parent.locked())
    reports.release()
    assert evidence(free_in_the_child=reports.next()) == (start_method != "fork")
    assert joined(child) == [0]


def try_lock(report):
    report.hold("begun")
    taken = held_by_the_parent.acquire(timeout=GRACE / 3)
    report(taken)
    if taken:
        held_by_the_parent.release()


held_by_the_parent = threading.Lock()


@claim("7.09")
@applies(start_method="fork", because="spawn and forkserver, so Windows, refuse to pass it on")
def test_a_lock_passed_to_a_forked_child_is_a_copy(ctx, reports, evidence):
    """A threading.Lock passed to a process is never shared: fork copies it, others refuse it."""
    passed = threading.Lock()
    child = ctx.Process(target=take_and_hold, args=(passed, reports.reporter))
    child.start()
    assert evidence(taken_in_the_child=reports.next()) is True
    assert evidence(taken_in_the_parent=passed.locked()) is False
    reports.release()
    assert joined(child) == [0]


def take_and_hold(passed, report):
    report.hold(passed.acquire(False))


@claim("7.09")
@applies(start_method=("spawn", "forkserver"), because="fork, on POSIX, passes on a copy")
def test_a_lock_cannot_be_passed_to_other_children(ctx, evidence):
    """spawn and forkserver cannot pickle a threading.Lock: start() raises TypeError.

    "TypeError: cannot pickle '_thread.lock' object"; on PyPy it is "PicklingError: Can't pickle
    <class '_thread.lock'>: it's not found as _thread.lock".  On Windows spawn is the only start
    method, on macOS the default since 3.8; elsewhere forkserver is the default since 3.14.  Pass a
    multiprocessing.Lock.
    """
    child = ctx.Process(target=print, args=(threading.Lock(),))
    refusal = evidence(refusal=outcome(child.start))
    assert type(refusal) is (PicklingError if PYPY else TypeError)
    assert "_thread.lock" in str(refusal)
    assert child.pid is None


@claim("7.10")
def test_joining_each_worker_serialises_without_lock(programs, evidence):
    """start() and join() in one loop run the workers in turn, so the lock changes nothing.

    Such a program proves nothing about its lock: without the lock it prints the same.
    """
    count = "print(len(multiprocessing.active_children()), 'children', file=sys.stderr)"
    with_lock, without = (
        run_program(programs, DEFAULT_START_METHOD, locked=locked, between=count)
        for locked in (True, False)
    )
    assert evidence(lines=len(with_lock.lines)) == 22
    assert evidence(children_alive_after_the_loop=with_lock.err.splitlines()[0]) == "0 children"
    assert without == with_lock


@claim("7.11", notes="answered")
def test_a_lock_has_one_holder_at_a_time(background, evidence):
    """A lock has one holder at a time; others wait, or are refused.

    You need one wherever a thread reads a value and then writes one that depends on it: without it
    that is a race condition.
    """
    lock = threading.Lock()
    with lock:
        assert evidence(another_thread_gets_it=background(lock.acquire, False).result()) is False
    assert evidence(afterwards=background(lock.acquire, False).result()) is True


@claim("7.11")
def test_a_waiter_gets_the_lock_after_its_release(background, evidence):
    """acquire() waits until the holder releases the lock, and then returns True."""
    lock, asked = threading.Lock(), threading.Event()

    def ask():
        asked.set()
        return lock.acquire()

    with lock:
        waiter = background(ask)
        asked.wait(PATIENCE)
        assert evidence(waits=never(lambda: waiter.finished))
    assert evidence(gets_it=waiter.result()) is True


@claim("7.11")
def test_a_timeout_ends_the_waiting_for_a_lock(background, evidence):
    """acquire(timeout=t) gives up after t seconds, and returns False."""
    lock, asking = threading.Lock(), threading.Event()

    def wait_long():
        asking.set()
        return lock.acquire(True, PATIENCE)

    with lock:
        patient = background(wait_long)
        asking.wait(PATIENCE)
        impatient = background(lock.acquire, True, GRACE / 3).result()
        assert evidence(impatient=impatient, patient_waits=never(lambda: patient.finished)) == (
            False,
            True,
        )
    assert evidence(patient=patient.result()) is True


@claim("7.11")
def test_any_thread_may_release_a_lock(background, evidence):
    """Any thread may release a Lock: it has no owner.  An unlocked one raises RuntimeError."""
    lock = threading.Lock()
    lock.acquire()
    background(lock.release).result()
    assert evidence(free=lock.acquire(False)) is True
    assert type(evidence(unlocked=outcome(threading.Lock().release))) is RuntimeError


@claim("7.11")
def test_not_even_its_holder_gets_a_lock_twice(evidence):
    """A thread that already holds a Lock waits for itself: a deadlock.  Use an RLock for that."""
    lock = threading.Lock()
    with lock:
        assert evidence(holder_gets_it_again=lock.acquire(timeout=GRACE / 3)) is False


@claim("7.11")
def test_an_rlock_lets_its_owner_in_again(background, evidence):
    """A thread may acquire an RLock again; only the owner may release it, once per acquire()."""
    lock = threading.RLock()
    with lock, lock:
        assert evidence(another_thread_gets_it=background(lock.acquire, False).result()) is False
        stolen = background(outcome, lock.release).result()
        assert type(evidence(another_thread_releases_it=stolen)) is RuntimeError
    assert evidence(afterwards=background(lock.acquire, False).result()) is True


@claim("7.11")
def test_with_releases_a_lock_after_an_exception(evidence):
    """The statement "with lock:" releases the lock at its end, also when an exception is raised."""
    lock = threading.Lock()

    def fail():
        with lock:
            raise LookupError(lock.locked())

    assert outcome(fail).args == (True,)
    assert evidence(locked_afterwards=lock.locked()) is False


@claim("7.11")
def test_without_a_lock_an_update_is_lost(background, evidence):
    """Two threads that read a number and write it plus 1 lose an update: a race condition."""
    number = add_1_in_two_threads(background, guard=nullcontext(), patience=PATIENCE)
    assert evidence(number_after_two_additions=number) == 1


@claim("7.11")
def test_a_lock_keeps_updates_from_being_lost(background, evidence):
    """With a lock around the read and the write, no update is lost."""
    number = add_1_in_two_threads(background, guard=threading.Lock(), patience=GRACE)
    assert evidence(number_after_two_additions=number) == 2


def add_1_in_two_threads(background, guard, patience):
    """Add 1 in two threads; each waits between its read and its write until both have read.

    Where that cannot happen, it waits in vain, and goes on when its patience is at an end.
    """
    counter, begun, both_have_read = SimpleNamespace(n=0), [], threading.Barrier(2)

    def add_1():
        begun.append(True)
        until(lambda: len(begun) == 2, "both threads to begin")
        with guard:
            n = counter.n
            outcome(both_have_read.wait, patience)
            counter.n = n + 1

    for task in [background(add_1) for _ in range(2)]:
        task.result()
    return counter.n


@claim("7.12")
def test_a_print_outside_the_lock_may_come_late(background, evidence):
    """A print after the release of the lock may already show what another thread appended.

    Keep together what belongs together: append and print inside the same "with lock:".
    """
    items, lock, other_asks = [], threading.Lock(), threading.Event()
    with lock:
        items.append(0)
        other = background(append_1_under_the_lock, items, lock, other_asks)
        control(other_asks.wait(PATIENCE), "the other thread asks for the lock")
    other.result()  # the other thread is faster than the print
    assert evidence(printed=str(items)) == "[0, 1]"


@claim("7.12")
def test_a_print_inside_the_lock_shows_no_later_append(background, evidence):
    """A print before the release of the lock shows what this thread appended, and nothing else."""
    items, lock, other_asks = [], threading.Lock(), threading.Event()
    with lock:
        items.append(0)
        other = background(append_1_under_the_lock, items, lock, other_asks)
        control(other_asks.wait(PATIENCE), "the other thread asks for the lock")
        outcome(other.result, within=GRACE)  # more than time enough to append, if it could
        printed = str(items)
    other.result()
    assert evidence(printed=printed) == "[0]"


def append_1_under_the_lock(items, lock, asks):
    asks.set()
    with lock:
        items.append(1)


@claim("7.13")
def test_the_sleep_between_the_phases_does_nothing(programs, evidence):
    """The sleep between the two phases does nothing: by then all children have been joined."""
    count = "print(len(multiprocessing.active_children()), 'children', file=sys.stderr)"
    with_sleep = run_program(programs, DEFAULT_START_METHOD)
    without = run_program(programs, DEFAULT_START_METHOD, between=count)
    assert evidence(same_output=without.out == with_sleep.out)
    assert evidence(children_alive_then=without.err.splitlines()[0]) == "0 children"
    assert without.exit_code == 0


@claim("7.14")
def test_a_buffered_header_is_printed_only_once(start_method, programs, evidence):
    """The header "---processing---" is printed once, although stdout may be buffered.

    On POSIX, multiprocessing flushes stdout and stderr before it starts a process, so the header
    also comes first.  os.fork() does not: both processes write what is in the buffer, and the line
    appears twice.  On Windows a child inherits no buffer, but in a pipe or a file its lines may
    come before the header.
    """
    program = programs.run(HEADER.format(method=start_method))
    control(program.lines.count("---forking---") == (2 if FORK else 0), "os.fork() doubles a line")
    assert (program.exit_code, program.err) == (0, "")
    printed = evidence(printed=[line for line in program.lines if line != "---forking---"])
    assert (printed if POSIX else sorted(printed)) == ["---processing---", "child"]


HEADER = """
import os, sys
from multiprocessing import get_context

def child():
    print("child")

if __name__ == "__main__":
    print("---processing---")
    process = get_context({method!r}).Process(target=child)
    process.start()
    process.join()
    if hasattr(os, "fork"):
        print("---forking---")
        if pid := os.fork():
            os.waitpid(pid, 0)
        else:
            sys.stdout.flush()
            os._exit(0)
"""


# What several specs use.


def run_program(programs, start_method, *, locked=True, between="time.sleep(0.05)"):
    """Run the notes' program, or a variant of it, unbuffered as on a terminal; each only once."""
    acquire, release = ("lock.acquire()", "lock.release()") if locked else ("pass", "pass")
    source = PROGRAM.format(
        start_method=start_method, acquire=acquire, release=release, between=between
    )
    return programs.once(source, options=["-u"], within=2 * PATIENCE)
