"""Counterfeits for the claims of library/os/test_fork.py."""

import os
import sys

from .. import counterfeit
from ..facts import FORK
from ..patching import patch


@counterfeit("FORK08", where=FORK)
def os_exit_runs_the_exit_handlers():
    """os._exit() runs the atexit handlers first."""
    import atexit

    leave = os._exit

    def _exit(code):
        atexit._run_exitfuncs()
        leave(code)

    os._exit = _exit


@counterfeit("FORK08", where=FORK)
def a_forked_child_has_no_exit_handlers():
    """The atexit handlers of the parent are forgotten in a forked child."""
    import atexit

    os.register_at_fork(after_in_child=atexit._clear)


@counterfeit("FORK09", where=FORK)
def an_exception_ends_a_forked_child():
    """A forked child ends with its first exception, even one that a caller would catch."""

    def trace(frame, event, argument):
        if event == "exception":
            os._exit(1)
        return trace

    def watch():
        frame = sys._getframe(1)
        while frame:
            frame.f_trace = trace
            frame = frame.f_back
        sys.settrace(trace)

    os.register_at_fork(after_in_child=watch)


@counterfeit("FORK10", where=FORK and sys.platform == "linux")
def a_forked_child_has_positions_of_its_own_in_open_files():
    """Every regular file is opened once more in a forked child, at the same position."""
    import stat

    def reopen():
        for name in os.listdir("/proc/self/fd"):
            try:
                number = int(name)
                if stat.S_ISREG(os.fstat(number).st_mode):
                    position = os.lseek(number, 0, os.SEEK_CUR)
                    fresh = os.open(f"/proc/self/fd/{name}", os.O_RDWR)
                    os.dup2(fresh, number)
                    os.lseek(number, position, os.SEEK_SET)
            except OSError:
                continue

    os.register_at_fork(after_in_child=reopen)


@counterfeit("FORK11", where=FORK)
def a_forked_child_has_default_signal_handlers():
    """The signal handlers are gone in a forked child."""
    import signal

    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGALRM, signal.SIG_DFL))


@counterfeit("FORK11", where=FORK)
def a_forked_child_has_its_parents_alarm():
    """The alarm of the parent goes off in its children, too."""
    import signal

    os.register_at_fork(after_in_child=lambda: signal.alarm(900))


@counterfeit("FORK12", where=FORK)
def a_forked_child_has_an_empty_context():
    """The context variables of the forking thread have lost their values in the child."""
    import contextvars

    def forget():
        for variable in contextvars.copy_context():
            variable.set(None)

    os.register_at_fork(after_in_child=forget)


@counterfeit("FORK13", where=FORK)
def every_process_hashes_in_its_own_way():
    """hash() of a text differs between processes, except pytest's."""
    import builtins

    if sys.argv[:1] != ["-c"]:
        return
    original = builtins.hash

    def hash_here(thing):
        return original(thing) ^ os.getpid() if isinstance(thing, (str, bytes)) else original(thing)

    builtins.hash = hash_here


@counterfeit("FORK14", where=FORK)
def forked_children_draw_the_same_numbers():
    """random is seeded with the same number in every forked child."""
    import random

    os.register_at_fork(after_in_child=lambda: random.seed(1))


@counterfeit("FORK14", where=FORK)
def generators_of_random_numbers_are_seeded_anew_in_a_forked_child():
    """A random.Random is seeded anew in a forked child, as the module is."""
    import random
    import weakref

    made = weakref.WeakSet()

    class Random(random.Random):
        def __init__(self, *args):
            super().__init__(*args)
            made.add(self)

    random.Random = Random
    os.register_at_fork(after_in_child=lambda: [one.seed() for one in made])


@counterfeit("FORK15", where=FORK)
def fork_is_refused_at_exit():
    """Once the main thread has ended, fork raises RuntimeError."""
    import threading

    fork = os.fork
    ended = []
    shutdown = threading._shutdown

    def _shutdown():
        ended.append(True)
        shutdown()

    def refusing_fork():
        if ended:
            raise RuntimeError("can't fork at interpreter shutdown")
        return fork()

    threading._shutdown = _shutdown
    os.fork = refusing_fork


@counterfeit("FORK16", where=FORK)
def forks_are_not_audited():
    """No audit event is raised by a fork."""
    add = sys.addaudithook

    def addaudithook(hook):
        add(lambda event, arguments: event == "os.fork" or hook(event, arguments))

    sys.addaudithook = addaudithook


@counterfeit("FORK17", where=FORK)
def gc_freeze_does_nothing():
    """gc.freeze() freezes nothing."""
    import gc

    gc.freeze = lambda: None


@counterfeit("FORK18", "FORK19", where=FORK)
def a_forked_child_is_set_up_like_a_daemon():
    """A forked child leads a new session, in the root folder, with no umask."""

    def detach():
        os.setsid()
        os.chdir("/")
        os.umask(0)

    os.register_at_fork(after_in_child=detach)


@counterfeit("FORK18", where=FORK)
def a_forked_child_has_only_inheritable_descriptors():
    """Descriptors that are not inheritable are closed in a forked child that is to look."""
    fork = os.fork

    def closing_fork():
        caller = os.getpid()
        telling = [n for n in range(3, 100) if _is_pipe(n)]
        number = fork()
        if os.getpid() != caller:
            for descriptor in telling[:-2]:  # the last two are how the child reports
                os.close(descriptor)
        return number

    os.fork = closing_fork


def _is_pipe(number):
    import stat

    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False


@counterfeit("FORK20", where=hasattr(os, "forkpty"))
def forkpty_gives_a_pipe():
    """The child of forkpty writes to a pipe, and has no terminal."""

    def forkpty():
        reading, writing = os.pipe()
        number = os.fork()
        if number == 0:
            os.dup2(writing, 1)
            return 0, -1
        os.close(writing)
        return number, reading

    os.forkpty = forkpty


@counterfeit("FORK36")
def a_process_is_terminated_by_its_parent_alone():
    """What a forked child does to terminate its parent's processes has no effect."""
    program = os.getpid()

    def change(send):
        def send_own(self, number):
            if os.getpid() == program:
                send(self, number)

        return send_own

    patch("multiprocessing.popen_fork.Popen", _send_signal=change)


@counterfeit("FORK37")
def a_queue_repairs_itself_in_a_forked_child():
    """Queue.put() makes a feeder thread in a child of os.fork(), too."""

    def change(put):
        def repair_and_put(self, *arguments):
            if self._opid != os.getpid():
                self._opid = os.getpid()
                self._reset(after_fork=True)
            put(self, *arguments)

        return repair_and_put

    patch("multiprocessing.queues.Queue", put=change)


@counterfeit("FORK39", where=hasattr(os, "forkpty"))
def forkpty_inherits_otherwise():
    """The descriptor of os.forkpty() is inheritable from 3.15 on, and was not before."""

    def change(forkpty):
        def turned():
            child, terminal = forkpty()
            if child:
                os.set_inheritable(terminal, not os.get_inheritable(terminal))
            return child, terminal

        return turned

    os.forkpty = change(os.forkpty)
