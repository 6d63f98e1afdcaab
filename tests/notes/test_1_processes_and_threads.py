"""Section 1 of the notes: what a process is, what a thread is, and what they share.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

The section has no program and asks nothing.  It says:

* A process is one execution of a program: the program is loaded into memory, and the system gives
  it resources and runs it (1.01).
* Each process has its own memory, data and stacks (1.02 to 1.04).  Processes can only use
  inter-process communication, and cannot share information directly (1.05).
* All threads run in one process and share its environment (1.06, 1.07).
* Each thread has an entry, a sequence of steps, and an exit (1.08 to 1.10).
* A thread may be interrupted, or be suspended for some time, as by a sleep, so that other threads
  run (1.11 to 1.14).
* The threads of a process share one space of data (1.15, 1.16).

Source: https://docs.python.org/3/library/threading.html#introduction
"""

import contextvars
import itertools
import os
import signal
import sys
import threading
import time

from tests.harness import (
    FREE_THREADED_BUILD,
    NO_GIL,
    PATIENCE,
    PYPY,
    claim,
    control,
    in_a_fork,
    joined,
    needs_fork,
    outcome,
    refuted,
    started,
    until,
)  # fmt: skip

#: A switch interval (in seconds) that never ends while a spec runs: no thread is pre-empted.
NEVER = 1000

#: Seconds in which a thread is interrupted several times where the switch interval is its default.
SEVERAL_TURNS = 0.3 if PYPY else 0.05


@claim("1.01")
def test_each_run_of_a_program_is_a_process_of_its_own(programs, background, evidence):
    """Each run of a program is a new process, which starts with fresh variables.

    Two processes never have the same pid while both live.  The system may use the pid again after
    a process has ended.
    """
    runs = [programs.start(PROGRAM) for _ in range(2)]
    printed = [background(run.stdout.readline).result().decode().split() for run in runs]
    control(all(run.poll() is None for run in runs), "both must live when their pids are compared")
    # Popen.pid may be another one: in a virtual environment of Windows that of a launcher.
    pids, counts = zip(*evidence(printed=printed), strict=True)
    assert len({*pids, str(os.getpid())}) == 3
    assert counts == ("1", "1")
    assert [programs.finish(run, send=b"\n").exit_code for run in runs] == [0, 0]


#: Counts its first step, tells its pid and the count, and lives until it is sent a line.
PROGRAM = """\
import os, sys
count = 0
count += 1
print(os.getpid(), count, flush=True)
sys.stdin.readline()
"""


@claim("1.01")
def test_each_process_has_resources_of_its_own(programs, evidence):
    """The system gives each process resources of its own: files, a folder, an environment.

    Both processes call the file that they open by the same number, as each has its own table of
    open files.
    """
    runs = [programs.start(RESOURCES) for _ in range(2)]
    sent = (b"change\n", b"\n")
    ends = [programs.finish(run, send=line) for run, line in zip(runs, sent, strict=True)]
    (number, *first), (number_of_the_other, *other) = (end.out.split() for end in ends)
    assert evidence(first=first, other=other) == (["True", "yes"], ["False", "None"])
    assert evidence(opened=(number, number_of_the_other)) == (number, number)


#: When it is sent a line, opens a file, changes what the line says, and tells what it then has.
RESOURCES = """\
import os, sys
changes = sys.stdin.readline().split()
opened = os.open(os.devnull, os.O_RDONLY)
if changes:
    os.chdir(os.sep)
    os.environ["CHANGED"] = "yes"
print(opened, os.getcwd() == os.path.abspath(os.sep), os.environ.get("CHANGED"))
"""


@claim("1.02")
def test_what_a_child_assigns_its_parent_does_not_see(ctx, reports, evidence):
    """Every process has its own memory: the parent does not see what its child assigns.

    To return a value from a Process, send it: by a Queue, a Pipe, or the return value of a pool's
    task.
    """
    child = ctx.Process(target=assign_the_number, args=(reports.reporter, 2))
    child.start()
    assert evidence(in_child=reports.next()) == (child.pid, 1, 2)
    while_the_child_lives = number
    reports.release()
    assert joined(child) == [0]
    assert evidence(in_parent=(while_the_child_lives, number)) == (1, 1)


def assign_the_number(report, value):
    global number
    before, number = number, value
    report.hold((os.getpid(), before, number))


number = 1


@claim("1.03")
def test_a_running_child_never_sees_what_its_parent_assigns(
    ctx, start_method, reports, monkeypatch, evidence
):
    """A running child does not see what its parent assigns after start().

    A forked child has the values that the parent had at start().  A spawned child, or one of the
    fork server, imports the module again and has the values of that import.
    """
    monkeypatch.setitem(setting, "assigned", "before start()")
    child = ctx.Process(target=tell_the_setting, args=(reports.reporter,))
    child.start()
    control(reports.next() == "started", "the child must run before the parent assigns")
    setting["assigned"] = "after start()"
    reports.release()
    expected = "before start()" if start_method == "fork" else "at import"
    assert evidence(child_sees=reports.next()) == expected
    assert joined(child) == [0]


setting = {"assigned": "at import"}


def tell_the_setting(report):
    report.hold("started")
    report(setting["assigned"])


@claim("1.04")
@needs_fork
def test_a_forked_child_has_one_thread_and_one_stack(programs, evidence):
    """A process has its own stacks: a forked child has one thread, however many its parent has.

    Only the thread that calls fork() goes on in the child.  A lock that another thread held stays
    locked in the child, for the thread that would release it is not there: a deadlock.  CPython
    warns of a fork beside threads since 3.12 (gh-100228).  Fork before you start threads, or use
    spawn.
    """
    in_parent, in_child = programs.call(fork_beside_threads, 3)
    control(in_parent == (4, 4), "the parent must have four threads while it forks")
    assert evidence(threads_and_stacks_of_the_child=in_child) == (1, 1)


def fork_beside_threads(count):
    """Return the threads and stacks of a process with extra threads, and of its forked child."""
    forked = threading.Event()
    threads = started(threading.Thread(target=forked.wait, args=(PATIENCE,)) for _ in range(count))
    counts = count_threads(), in_a_fork(count_threads)
    forked.set()
    joined(*threads)
    return counts


def count_threads():
    return threading.active_count(), len(sys._current_frames())


@claim("1.05", notes="false")
@refuted(because="Value, Array and SharedMemory are memory that several processes have in common")
def test_processes_cannot_share_information_directly(ctx, reports, evidence):
    """Processes cannot share information directly: they can only send it to each other.

    The notes err, though not about objects: those are never shared, and a list that you pass to a
    child is a copy.  But memory can be shared, if it was made for that: Value, Array, SharedMemory.
    What one process stores there, the others see, and nothing is sent.  That is the difference
    between a process and a thread: threads share all memory, processes only what is made for it.
    """
    ordinary, made_for_sharing = [], ctx.RawArray("i", 1)
    child = ctx.Process(target=fill, args=(reports.reporter, ordinary, made_for_sharing))
    child.start()
    told = reports.next()
    control(told == (child.pid, [7], [7]), f"the child must have stored 7 twice, not {told}")
    control(joined(child) == [0], "the child must end well")
    control(ordinary == [], "an ordinary list is not shared")
    assert evidence(stored_by_the_child_seen_by_the_parent=list(made_for_sharing)) == [0]


def fill(report, ordinary, made_for_sharing):
    ordinary.append(7)
    made_for_sharing[0] = 7
    report((os.getpid(), ordinary, list(made_for_sharing)))


@claim("1.06")
def test_all_threads_run_in_one_and_the_same_process(evidence):
    """All threads run in one process: they have one pid and one sys.modules, but their own idents.

    threading.get_ident() tells threads apart while they live; a later thread may get the ident of
    one that has ended.
    """
    here = []
    everyone_here = threading.Barrier(4)  # idents are unique only among threads that live

    def look():
        here.append((threading.get_ident(), threading.get_native_id(), os.getpid(), sys.modules))
        everyone_here.wait(PATIENCE)

    threads = started(threading.Thread(target=look) for _ in range(3))
    look()
    joined(*threads)
    idents, native_ids, pids, modules = zip(*here, strict=True)
    assert evidence(pids=set(pids)) == {os.getpid()}
    assert all(each is sys.modules for each in modules)
    assert set(idents) == {threading.get_ident(), *(thread.ident for thread in threads)}
    assert evidence(idents=len(set(idents)), native_ids=len(set(native_ids))) == (4, 4)


@claim("1.07")
def test_threads_share_the_working_directory(programs, evidence):
    """Threads share the working directory, os.environ, open descriptors and signal handlers.

    So os.chdir() in one thread moves all of them, even those that were running before it.  Pass
    absolute paths to threads.
    """
    folders = programs.call(change_the_folder_in_one_thread)
    assert evidence(an_older_thread_and_the_main_one_are_at_the_root=folders) == [True, True]


def change_the_folder_in_one_thread():
    return seen_by_others(
        change=lambda: os.chdir(os.sep),
        look=lambda: os.getcwd() == os.path.abspath(os.sep),
    )


@claim("1.07")
def test_threads_share_the_environment_of_the_process(monkeypatch, evidence):
    """What one thread assigns to os.environ, all threads of the process see."""
    monkeypatch.setenv("CHANGED", "no")

    def change():
        os.environ["CHANGED"] = "yes"

    values = seen_by_others(change, look=lambda: os.environ.get("CHANGED"))
    assert evidence(an_older_thread_and_this_one_see=values) == ["yes", "yes"]


@claim("1.07")
def test_threads_share_the_open_descriptors_of_the_process(tmp_path, evidence):
    """What one thread opens, all threads can use by its number, and so the position in it, too.

    Here one thread opens a file; another reads the first two letters of it, and this one the next.
    """
    path, opened = tmp_path / "letters", []
    path.write_bytes(b"abcd")

    def change():
        opened.append(os.open(path, os.O_RDONLY))

    try:
        read = seen_by_others(change, look=lambda: os.read(opened[0], 2))
    finally:
        for descriptor in opened:
            os.close(descriptor)
    assert evidence(an_older_thread_and_this_one_read=read) == [b"ab", b"cd"]


@claim("1.07")
def test_threads_share_the_signal_handlers_of_the_process(programs, evidence):
    """What signal.signal() sets in the main thread, which alone may call it, all threads have."""
    handlers = programs.call(set_a_handler_in_the_main_thread)
    assert evidence(an_older_thread_and_the_main_one_see=handlers) == ["ignored", "ignored"]


def set_a_handler_in_the_main_thread():
    def change():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def look():
        return "ignored" if signal.getsignal(signal.SIGTERM) == signal.SIG_IGN else "not ignored"

    return seen_by_others(change, look, change_in_this_thread=True)


def seen_by_others(change, look, *, change_in_this_thread=False):
    """Return what a thread that ran before a change, and the calling one, see after it."""
    running, changed, seen = threading.Event(), threading.Event(), []

    def look_after_the_change():
        running.set()
        changed.wait(PATIENCE)
        seen.append(look())

    older = threading.Thread(target=look_after_the_change)
    older.start()
    running.wait(PATIENCE)
    if change_in_this_thread:
        change()
    else:
        joined(*started([threading.Thread(target=change)]))
    changed.set()
    joined(older)
    return [*seen, look()]


@claim("1.08")
def test_a_thread_enters_its_function_once_and_by_itself(evidence):
    """A thread enters at its target, or at run(), exactly once.

    A second start() raises "RuntimeError: threads can only be started once".  The difference
    between start() and run(): if you call run() of your thread class yourself, no thread starts:
    run() executes in the thread that calls it, such as the main thread, and the program blocks
    until it is done.
    """
    entered = []

    def enter():
        entered.append((threading.get_ident(), threading.current_thread().is_alive()))

    class Runner(threading.Thread):
        def run(self):
            enter()

    threads = [threading.Thread(target=enter), Runner()]
    alive_before = [thread.is_alive() for thread in threads]
    for thread in threads:
        thread.start()
        joined(thread)
        again = evidence(second_start=outcome(thread.start))
        assert (type(again), str(again)) == (RuntimeError, "threads can only be started once")
    alive_after = [thread.is_alive() for thread in threads]
    assert evidence(entered=entered) == [(thread.ident, True) for thread in threads]
    assert threading.get_ident() not in (thread.ident for thread in threads)
    assert (alive_before, alive_after) == ([False, False], [False, False])


@claim("1.09")
def test_the_steps_of_one_thread_come_in_program_order(evidence):
    """Within one thread, steps happen in the order of the program.

    Between threads there is no order, unless the threads arrange one: here with a barrier.
    """
    log = []
    everyone_stepped = threading.Barrier(3)

    def step(name):
        for number in range(20):
            log.append((name, number))
            everyone_stepped.wait(PATIENCE)

    joined(*started(threading.Thread(target=step, args=(name,)) for name in "abc"))
    of_each = {name: [number for who, number in log if who == name] for name in "abc"}
    switches = sum(one[0] != next_one[0] for one, next_one in itertools.pairwise(log))
    control(switches >= 20, "the threads must have run beside each other")
    assert evidence(steps=of_each) == {name: list(range(20)) for name in "abc"}


@claim("1.10")
def test_a_thread_ends_by_return_or_exception_and_ends_alone(monkeypatch, evidence):
    """A thread ends by return, by an exception or by sys.exit(), and no other thread ends with it.

    You might expect an exception in a thread to end the program.  It does not: threading.excepthook
    prints "Exception in thread ..." and the program goes on, with exit code 0.  sys.exit() in a
    thread ends that thread, and nothing is printed.
    """
    heard = []

    def hear(args):
        heard.append((args.thread.name, args.exc_type.__name__))

    monkeypatch.setattr(threading, "excepthook", hear)
    may_end = threading.Event()
    bystander = threading.Thread(target=may_end.wait, args=(PATIENCE,))
    endings = {"return": int, "exception": fail, "exit": sys.exit}
    ended = [threading.Thread(target=target, name=name) for name, target in endings.items()]
    started([bystander, *ended])
    joined(*ended)
    alive = [thread.is_alive() for thread in (bystander, *ended)]
    may_end.set()
    joined(bystander)
    assert evidence(alive=alive) == [True, False, False, False]
    assert evidence(heard=sorted(heard)) == [("exception", "Failure"), ("exit", "SystemExit")]


def fail():
    raise Failure


class Failure(Exception):
    """What the failing thread raises."""


@claim("1.10")
def test_a_program_goes_on_when_a_thread_of_it_fails(programs, evidence):
    """A program goes on after an exception in a thread, which prints a traceback and no more."""
    program = programs.run(ENDINGS)
    assert evidence(exit_code=program.exit_code, out=program.out) == (0, "the process goes on\n")
    assert program.err.count("Exception in thread") == program.err.count("Traceback") == 1
    assert "SystemExit" not in program.err


#: How a program goes on when threads of it end by an exception and by SystemExit.
ENDINGS = """\
import sys, threading
class Failure(Exception): pass
def fail(): raise Failure
for target in (fail, sys.exit):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
print("the process goes on")
"""


@claim("1.11")
def test_a_running_thread_can_be_interrupted(programs, evidence):
    """A busy thread can be interrupted: other threads get their turn.

    That is a context switch, or preemption.  Neither loop here calls anything that gives way.
    Python does not promise where it happens: CPython since 3.10 switches at calls and at the ends
    of loops, PyPy anywhere.  So two threads that update one value may have a race condition.
    Without a GIL (PEP 703) both threads just run; a free-threaded build runs this spec with its GIL
    on.
    """
    options = ["-X", "gil=1"] if FREE_THREADED_BUILD else []
    log = programs.call(run_two_loops_that_need_each_other, options=options)
    assert evidence(log=log) == ["both loops run", "the main loop counted", "the other ended it"]


def run_two_loops_that_need_each_other():
    """Run two loops without a wait: neither ends unless the other one gets its turns."""
    log, steps, ended = ["both loops run"], 0, []

    def end_the_main_loop():
        while steps < 1000:  # needs turns of the main thread
            pass
        log.append("the main loop counted")
        ended.append(True)

    thread = threading.Thread(target=end_the_main_loop)
    thread.start()
    while not ended:  # needs turns of the other thread
        steps += 1
    log.append("the other ended it")
    joined(thread)
    return log


@claim("1.12")
@refuted(where=NO_GIL, because="PEP 703: without the GIL the other thread just runs")
def test_the_switch_interval_alone_interrupts_a_running_thread(programs, evidence):
    """With an endless switch interval, a busy thread is never interrupted.

    sys.setswitchinterval() sets after how many seconds a thread must release the GIL.  A program
    without a GIL ignores it.  Don't build on it: put a lock around what nothing may disturb.
    """
    # A watch that must see nothing is short; one that must see something ends when it does.
    seconds = PATIENCE / 2 if NO_GIL else SEVERAL_TURNS
    while_busy, after_waiting = programs.call(spin_beside_a_thread_that_could_run, seconds)
    control(after_waiting == ["it runs"], "the other thread must run once the busy one waits")
    assert evidence(other_thread_while_this_one_is_busy=while_busy) == []


def spin_beside_a_thread_that_could_run(seconds):
    """Return what another thread does while this one is busy, and when this one waits for it."""
    sys.setswitchinterval(NEVER)
    at_the_gate, gate, log = threading.Event(), threading.Lock(), []
    gate.acquire()

    def run_when_the_gate_is_open():
        at_the_gate.set()
        gate.acquire()
        log.append("it runs")

    thread = threading.Thread(target=run_when_the_gate_is_open)
    thread.start()
    at_the_gate.wait(PATIENCE)
    gate.release()  # from now on the other thread lacks nothing but a turn
    end = time.perf_counter() + seconds
    while not log and time.perf_counter() < end:
        pass
    while_busy = list(log)
    joined(thread)
    return while_busy, log


@claim("1.13")
def test_other_threads_go_on_while_one_is_suspended(programs, evidence):
    """While one thread waits, in a read or in time.sleep(), the other threads go on.

    time.sleep() releases the GIL: sleep in one thread blocks no other threads.  numpy's large
    computations, hashing and compression release it, too.  The switch interval is endless here:
    under a GIL the others go on only because a thread that waits releases the GIL.
    """
    log = programs.call(suspend_threads_and_go_on)
    assert evidence(order=log) == ["reads", "sleeps", "main goes on", b"x"]


def suspend_threads_and_go_on():
    """Return, in order, the steps of threads that are suspended and of the main one."""
    sys.setswitchinterval(NEVER)
    readable, writable = os.pipe()
    log = []

    def read():
        log.append("reads")
        log.append(os.read(readable, 1))

    def sleep():
        log.append("sleeps")
        time.sleep(NEVER)
        log.append("woke")

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: log, "the reader to begin")
    # A daemon: it need not wake for the process to end.
    threading.Thread(target=sleep, daemon=True).start()
    until(lambda: "sleeps" in log, "the sleeper to begin")
    log.append("main goes on")
    os.write(writable, b"x")
    joined(reader)
    return log


@claim("1.14")
def test_threads_that_wait_pass_control_to_and_fro(programs, evidence):
    """A thread that waits lets another one run: two threads can pass control back and forth.

    The switch interval is endless here, so under a GIL only waiting lets the other thread run.
    """
    assert evidence(turns=programs.call(hand_control_to_and_fro, 50)) == ["ping", "pong"] * 50


def hand_control_to_and_fro(rounds):
    """Return the order of the steps of two threads that wake each other in turn."""
    sys.setswitchinterval(NEVER)
    log, turns = [], {"ping": threading.Event(), "pong": threading.Event()}

    def play(me, other):
        for _ in range(rounds):
            if turns[me].wait(PATIENCE):
                turns[me].clear()
                log.append(me)
                turns[other].set()

    players = [("ping", "pong"), ("pong", "ping")]
    threads = started(threading.Thread(target=play, args=player) for player in players)
    turns["ping"].set()
    joined(*threads)
    return log


@claim("1.15")
def test_threads_see_the_same_objects_and_all_changes(evidence):
    """The threads of a process share its data: every thread sees every change of an object.

    So five threads can append to one list without sending anything.  Sharing is also the danger:
    what several threads change needs a lock.
    """
    shared, seen = [], []
    everyone_here = threading.Barrier(5)

    def change_and_look(data, name):
        data.append(name)
        everyone_here.wait(PATIENCE)
        seen.append((data is shared, sorted(data)))

    joined(*started(threading.Thread(target=change_and_look, args=(shared, n)) for n in range(5)))
    assert evidence(seen=seen) == [(True, [0, 1, 2, 3, 4])] * 5


@claim("1.16")
def test_locals_and_context_variables_belong_to_one_thread(evidence):
    """Each thread has its own local variables, threading.local attributes and ContextVar values.

    Since 3.14 a new thread may begin with a copy of the ContextVar values of the thread that starts
    it: by default on free-threaded builds, elsewhere with -X thread_inherit_context=1.  Values that
    are set later are not shared.
    """
    own, seen = threading.local(), []
    everyone_set = threading.Barrier(3)
    own.value = "of the main thread"

    def set_and_look(mine):
        before = hasattr(own, "value")
        own.value = mine
        variable.set(mine)
        everyone_set.wait(PATIENCE)
        seen.append((before, mine, own.value, variable.get()))

    joined(*started(threading.Thread(target=set_and_look, args=(name,)) for name in "abc"))
    assert evidence(threads=sorted(seen)) == [(False, name, name, name) for name in "abc"]
    in_main = own.value, variable.get("unset")
    assert evidence(main_thread=in_main) == ("of the main thread", "unset")


variable = contextvars.ContextVar("variable")
