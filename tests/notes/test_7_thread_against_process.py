"""Section 7 of the notes: the same list under threads and under processes, and locks.

Source: https://docs.python.org/3/library/multiprocessing.html#sharing-state-between-processes
and, for the locks, https://docs.python.org/3/library/threading.html#lock-objects
"""

import multiprocessing
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
    PYPY,
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

info = []
lock = threading.Lock()
held_by_the_parent = threading.Lock()


#: The notes' program.  Each worker is joined before the next is started.
PROGRAM = """
import sys, time
from contextlib import nullcontext
from multiprocessing import Process, active_children
from threading import Lock, Thread

info = []
lock = {lock}()

def append_and_print(number):
    with lock:
        info.append(number)
    print(info)

def run_ten(kind):
    for number in range(10):
        worker = kind(target=append_and_print, args=(number,))
        worker.start()
        worker.join()
        if worker.is_alive():
            print(worker.name, "is alive after join()")

if __name__ == "__main__":
    print("---processing---")
    run_ten(Process)
    print("the main process has", info)
    {between}
    print("---threading---")
    run_ten(Thread)
"""
_runs = {}


def run_program(programs, *, lock="Lock", between="time.sleep(0.05)"):
    """Run the notes' program, or a variant, under the default start method; each only once."""
    if (lock, between) not in _runs:
        _runs[lock, between] = programs.run(PROGRAM.format(lock=lock, between=between))
    return _runs[lock, between]


@claim("7.01")
def test_each_process_prints_a_list_of_one(programs, evidence):
    """Ten processes that append to one module-level list print [0], [1], ... [9]."""
    program = run_program(programs)
    evidence(start_method=DEFAULT_START_METHOD, printed=program.lines[:11])
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines[:11] == ["---processing---", *(f"[{i}]" for i in range(10))]
    assert program.lines.index("the main process has []") == 11


@claim("7.02")
def test_the_threads_list_grows_with_each_thread(programs, evidence):
    """Ten threads that append to one module-level list print [0], [0, 1], ... [0, ..., 9]."""
    program = run_program(programs)
    evidence(printed=program.lines[12:])
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines[12:] == ["---threading---", *(str([*range(i + 1)]) for i in range(10))]


def append_own_number(report, number):
    info.append(number)
    report(info)


@claim("7.03")
def test_what_children_append_never_reaches_the_parents_list(ctx, reports, evidence):
    """What a child process changes is not the main process's list, which stays empty.

    Every process has memory of its own; under fork the child changes its copy.
    """
    children = started(
        ctx.Process(target=append_own_number, args=(reports.reporter, i)) for i in range(3)
    )
    seen_by_children = reports.collect(3)
    evidence(children=sorted(seen_by_children), parent=info)
    assert joined(*children) == [0, 0, 0]
    assert sorted(seen_by_children) == [[0], [1], [2]]
    assert info == []


def report_lists(passed, report):
    report.hold("begun")
    report((passed, info))


@claim("7.04")
def test_a_child_starts_from_the_list_at_start(ctx, start_method, reports, evidence):
    """Each child starts from the list as it was at start(); later changes do not reach it.

    That is so for an argument.  A module-level list is copied by fork alone: spawn and
    forkserver import the module anew, so that the child has the list as the module made it.
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
    evidence(argument=argument, module_level=module_level)
    assert joined(child) == [0]
    assert argument == ["before", "before start()"]
    assert module_level == (["in the parent"] if start_method == "fork" else [])


def append_beside_others(everybody, number, ids):
    everybody.wait(PATIENCE)
    info.append(number)
    ids.append(id(info))


@claim("7.05")
def test_threads_change_the_list_of_the_process(evidence):
    """Threads change the main list itself: it is one and the same object in all of them."""
    everybody, ids = threading.Barrier(10), []
    threads = started(
        threading.Thread(target=append_beside_others, args=(everybody, i, ids)) for i in range(10)
    )
    try:
        joined(*threads)
        evidence(main_list=info, lists_seen=len(set(ids)))
        assert sorted(info) == [*range(10)]
        assert ids == [id(info)] * 10
    finally:
        info.clear()


def run_child(target, *arguments):
    """Run the target in a child process, under the default start method, until it has ended."""
    child = multiprocessing.Process(target=target, args=arguments)
    child.start()
    return joined(child)[0]


def by_queue():
    letters = multiprocessing.SimpleQueue()
    run_child(letters.put, 7)
    return None if letters.empty() else letters.get()


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


def set_first_byte(memory, value):
    memory.buf[0] = value
    memory.close()


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


WAYS = {
    "Manager().list": by_manager,
    "Pipe": by_pipe,
    "Value": by_value,
    "SharedMemory": by_shared_memory,
    "file": by_file,
    "exit code": by_exit_code,
}


@claim("7.06")
@cases(way=list(WAYS))
@refuted(because="pipes, shared memory, managers, files and exit codes carry information as well")
def test_nothing_but_a_queue_carries_information_between_processes(way, evidence):
    """Only multiprocessing's Queue can carry information between processes.

    The notes' loop with Manager().list() in place of the list gathers what all children append.
    """
    control(by_queue() == 7, "a queue carries a number to the parent")
    arrived = WAYS[way]()
    evidence(by=way, sent=7, arrived=arrived)
    assert arrived != 7, f"a number sent by {way} arrived"


def hold_both(passed, report):
    report.hold((lock.acquire(False), passed.acquire(False)))


@claim("7.07")
def test_a_module_level_lock_excludes_no_other_process(ctx, reports, evidence):
    """A module-level threading.Lock protects nothing between processes: each has its own.

    A multiprocessing.Lock that is passed to both children does exclude.
    """
    passed = ctx.Lock()
    children = started(
        ctx.Process(target=hold_both, args=(passed, reports.reporter)) for _ in range(2)
    )
    module_level, multiprocessings = zip(*reports.collect(2), strict=True)  # both hold them now
    reports.release()
    evidence(hold_the_module_level_lock=module_level, hold_multiprocessings=multiprocessings)
    assert joined(*children) == [0, 0]
    assert module_level == (True, True)
    assert sorted(multiprocessings) == [False, True]


def try_lock(report):
    report.hold("begun")
    taken = held_by_the_parent.acquire(timeout=GRACE / 3)
    report(taken)
    if taken:
        held_by_the_parent.release()


@claim("7.08")
def test_a_forked_child_inherits_a_held_lock(ctx, start_method, reports, evidence):
    """If the parent holds a lock at start(), a forked child has it locked; others have it free.

    The child's copy stays locked when the parent releases its own: acquire() without a timeout
    would wait for ever.  A child of spawn or forkserver makes a fresh lock.
    """
    child = ctx.Process(target=try_lock, args=(reports.reporter,))
    with held_by_the_parent:
        child.start()
        reports.next()
    free_in_parent = not held_by_the_parent.locked()
    reports.release()
    free_in_child = reports.next()
    evidence(after_release_free_in_parent=free_in_parent, free_in_child=free_in_child)
    assert joined(child) == [0]
    assert free_in_parent
    assert free_in_child == (start_method != "fork")


def take_and_hold(passed, report):
    report.hold(passed.acquire(False))


@claim("7.09")
def test_a_lock_passed_to_a_process_is_never_shared(ctx, start_method, reports, evidence):
    """A threading.Lock passed as an argument is copied by fork, and refused by the others.

    spawn and forkserver cannot pickle it: start() raises TypeError (PicklingError on PyPy).
    """
    passed = threading.Lock()
    child = ctx.Process(target=take_and_hold, args=(passed, reports.reporter))
    refusal = outcome(child.start)
    if start_method == "fork":
        taken_in_child, taken_in_parent = reports.next(), passed.locked()
        reports.release()
        evidence(taken_in_child=taken_in_child, taken_in_parent=taken_in_parent)
        assert joined(child) == [0]
        assert (taken_in_child, taken_in_parent) == (True, False)
    else:
        evidence(refusal=refusal)
        assert type(refusal) is (PicklingError if PYPY else TypeError)
        assert child.pid is None


@claim("7.10")
def test_joining_each_worker_serialises_without_lock(programs, evidence):
    """start() and then join() already serialise the workers: without the lock all is the same.

    So nothing that is seen of such a program says anything about its lock.
    """
    with_lock = run_program(programs)
    without = run_program(programs, lock="nullcontext")
    evidence(lines=len(with_lock.lines), same=without.lines == with_lock.lines)
    assert len(with_lock.lines) == 23  # none of them says that a worker outlived its join()
    assert without == with_lock


def one_holder(background):
    held = threading.Lock()
    seen = [held.acquire(), background(held.acquire, False).result()]
    held.release()
    return [*seen, background(held.acquire, False).result()], [True, False, True]


def a_waiter_gets_it_after_the_release(background):
    held, asked = threading.Lock(), []

    def ask():
        asked.append(True)
        return held.acquire()

    with held:
        waiter = background(ask)
        until(lambda: asked, "the waiter to ask")
        waits = never(lambda: waiter.finished)
    return [waits, waiter.result()], [True, True]


def a_timeout_ends_the_waiting(background):
    held, asking = threading.Lock(), []

    def wait_long():
        asking.append(True)
        return held.acquire(True, PATIENCE)

    with held:
        patient = background(wait_long)
        until(lambda: asking, "the patient one to ask")
        seen = [background(held.acquire, True, GRACE / 3).result(), never(lambda: patient.finished)]
    return [*seen, patient.result()], [False, True, True]


def anyone_may_release_it(background):
    held = threading.Lock()
    held.acquire()
    background(held.release).result()
    return held.acquire(False), True


def releasing_an_unlocked_one_is_an_error(_background):
    return type(outcome(threading.Lock().release)), RuntimeError


def not_even_its_holder_gets_it_again(_background):
    held = threading.Lock()
    with held:
        return held.acquire(timeout=GRACE / 3), False


def an_rlock_lets_its_owner_in_again(background):
    held = threading.RLock()
    with held, held:
        other = background(held.acquire, False).result()
        stolen = type(background(outcome, held.release).result())
    return [other, stolen, background(held.acquire, False).result()], [False, RuntimeError, True]


def with_releases_it_on_an_exception(_background):
    held = threading.Lock()

    def fail():
        with held:
            raise LookupError(held.locked())

    return [outcome(fail).args, held.locked()], [(True,), False]


def add_one_each(background, guard, patience):
    """Let two threads add 1, and try to have both read before either writes."""
    counter, begun, both_have_read = SimpleNamespace(n=0), [], threading.Barrier(2)

    def add_one():
        begun.append(True)
        until(lambda: len(begun) == 2, "both threads to begin")
        with guard:
            n = counter.n
            outcome(both_have_read.wait, patience)
            counter.n = n + 1

    for task in [background(add_one) for _ in range(2)]:
        task.result()
    return counter.n


def it_keeps_updates_from_being_lost(background):
    unprotected = add_one_each(background, nullcontext(), PATIENCE)
    return [unprotected, add_one_each(background, threading.Lock(), GRACE)], [1, 2]


FACTS = {
    fact.__name__.replace("_", " "): fact
    for fact in (
        one_holder,
        a_waiter_gets_it_after_the_release,
        a_timeout_ends_the_waiting,
        anyone_may_release_it,
        releasing_an_unlocked_one_is_an_error,
        not_even_its_holder_gets_it_again,
        an_rlock_lets_its_owner_in_again,
        with_releases_it_on_an_exception,
        it_keeps_updates_from_being_lost,
    )
}


@claim("7.11")
@cases(fact=list(FACTS))
def test_a_lock_has_one_holder_and_no_owner(fact, background, evidence):
    """A lock has one holder; the others wait, give up or are refused; anyone may release it.

    It is needed wherever a thread reads a value and writes one that depends on it.
    """
    seen, must_be = background(FACTS[fact], background).result()
    evidence(fact=fact, seen=seen)
    assert seen == must_be


def show_while_another_appends(background, show_inside):
    """Append 0 under a lock that another thread is asking for, to append 1; return what shows."""
    items, held, asked = [], threading.Lock(), threading.Event()

    def append_one():
        asked.set()
        with held:
            items.append(1)

    with held:
        items.append(0)
        other = background(append_one)
        control(asked.wait(PATIENCE), "the other thread asks for the lock")
        if show_inside:
            outcome(other.result, within=GRACE)  # more than time enough, if it could
            return list(items)
    other.result()
    return list(items)


@claim("7.12")
def test_a_print_outside_the_lock_may_come_late(background, evidence):
    """What is printed after the lock's release may already contain a later append.

    What belongs together has to be inside together: the append and the print of it.
    """
    outside = show_while_another_appends(background, show_inside=False)
    inside = show_while_another_appends(background, show_inside=True)
    evidence(print_outside=outside, print_inside=inside)
    assert outside == [0, 1]
    assert inside == [0]


@claim("7.13")
def test_the_sleep_between_the_phases_does_nothing(programs, evidence):
    """The sleep between the two phases does nothing: all children have been joined by then."""
    count = "print(len(active_children()), file=sys.stderr)"
    with_sleep = run_program(programs)
    without = run_program(programs, between=count)
    evidence(same_output=without.out == with_sleep.out, alive_at_the_sleep=without.err.strip())
    assert without.out == with_sleep.out
    assert (without.exit_code, without.err) == (0, "0\n")


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


@claim("7.14")
def test_a_buffered_header_is_printed_only_once(start_method, programs, evidence):
    """The header "---processing---" appears once, though stdout may be buffered.

    multiprocessing flushes the standard streams before it starts a process.  os.fork() does
    not: what the buffer holds then is written by both processes.
    """
    program = programs.run(HEADER.format(method=start_method))
    evidence(printed=program.lines)
    forked = ["---forking---"] * 2 if FORK else []
    control(program.lines[2:] == forked, "stdout is buffered: os.fork() doubles a line")
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines[:2] == ["---processing---", "child"]
