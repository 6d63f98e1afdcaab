"""Counterfeits of os: what a forked child has, what waiting tells, and how programs are spawned."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("3.", "QU", "CV")

FORK = hasattr(os, "fork")
HAS_SPAWN = hasattr(os, "posix_spawn")
WARNS = sys.version_info >= (3, 12) and sys.implementation.name == "cpython"


def _in_children(action: Callable[[], object]) -> None:
    """Do something in every forked child, before it goes on."""
    os.register_at_fork(after_in_child=action)


@counterfeit("FK02", where=FORK)
def os_exit_runs_the_exit_handlers() -> None:
    """os._exit() runs the atexit handlers first."""
    import atexit

    leave = os._exit

    def _exit(code: int) -> None:
        atexit._run_exitfuncs()
        leave(code)

    os._exit = _exit


@counterfeit("FK02", where=FORK)
def a_forked_child_has_no_exit_handlers() -> None:
    """The atexit handlers of the parent are forgotten in a forked child."""
    import atexit

    _in_children(atexit._clear)


@counterfeit("FK21", where=FORK)
def an_exception_ends_a_forked_child() -> None:
    """A forked child ends with its first exception, whoever would catch it."""

    def trace(frame: Any, event: str, argument: object) -> Any:
        if event == "exception":
            os._exit(1)
        return trace

    def watch() -> None:
        frame = sys._getframe(1)
        while frame:
            frame.f_trace = trace
            frame = frame.f_back
        sys.settrace(trace)

    _in_children(watch)


@counterfeit("FK17", where=FORK and sys.platform == "linux")
def a_forked_child_has_positions_of_its_own_in_open_files() -> None:
    """Every regular file is opened once more in a forked child, at the same position."""
    import stat

    def reopen() -> None:
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

    _in_children(reopen)


@counterfeit("FK18", where=FORK)
def a_forked_child_has_default_signal_handlers() -> None:
    """The signal handlers are gone in a forked child."""
    import signal

    _in_children(lambda: signal.signal(signal.SIGALRM, signal.SIG_DFL))


@counterfeit("FK18", where=FORK)
def a_forked_child_has_its_parents_alarm() -> None:
    """The alarm of the parent goes off in its children, too."""
    import signal

    _in_children(lambda: signal.alarm(900))


@counterfeit("FK19", where=FORK)
def a_forked_child_has_an_empty_context() -> None:
    """The context variables of the forking thread have lost their values in the child."""
    import contextvars

    def forget() -> None:
        for variable in contextvars.copy_context():
            variable.set(None)

    _in_children(forget)


@counterfeit("FK20", where=FORK)
def every_process_hashes_in_its_own_way() -> None:
    """hash() of a text depends on the process, but for pytest's."""
    import builtins

    if sys.argv[:1] != ["-c"]:
        return
    original = builtins.hash

    def hash_here(thing: object) -> int:
        return original(thing) ^ os.getpid() if isinstance(thing, (str, bytes)) else original(thing)

    builtins.hash = hash_here


@counterfeit("FK11", where=FORK)
def forked_children_draw_the_same_numbers() -> None:
    """random is seeded with the same number in every forked child."""
    import random

    _in_children(lambda: random.seed(1))


@counterfeit("FK11", where=FORK)
def generators_of_random_numbers_are_seeded_anew_in_a_forked_child() -> None:
    """A random.Random is seeded anew in a forked child, as the module is."""
    import random
    import weakref

    made = weakref.WeakSet()

    class Random(random.Random):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.add(self)

    random.Random = Random
    _in_children(lambda: [one.seed() for one in made])


@counterfeit("FK22", where=FORK)
def fork_is_refused_at_exit() -> None:
    """Once the main thread has ended, fork raises RuntimeError."""
    import threading

    fork = os.fork
    ended = []
    shutdown = threading._shutdown

    def _shutdown() -> None:
        ended.append(True)
        shutdown()

    def refusing_fork() -> int:
        if ended:
            raise RuntimeError("can't fork at interpreter shutdown")
        return fork()

    threading._shutdown = _shutdown
    os.fork = refusing_fork


@counterfeit("FK25", where=FORK)
def forks_are_not_audited() -> None:
    """No audit event is raised by a fork."""
    add = sys.addaudithook

    def addaudithook(hook: Callable[[str, Any], object]) -> None:
        add(lambda event, arguments: event == "os.fork" or hook(event, arguments))

    sys.addaudithook = addaudithook


@counterfeit("FK29", where=FORK)
def gc_freeze_does_nothing() -> None:
    """gc.freeze() freezes nothing."""
    import gc

    gc.freeze = lambda: None


@counterfeit("FK30", "FK31", where=FORK)
def a_forked_child_is_set_up_like_a_daemon() -> None:
    """A forked child leads a session of its own, in the root folder, with no umask."""

    def detach() -> None:
        os.setsid()
        os.chdir("/")
        os.umask(0)

    _in_children(detach)


@counterfeit("FK30", where=FORK)
def a_forked_child_has_only_inheritable_descriptors() -> None:
    """Descriptors that are not inheritable are closed in a forked child that is to look."""
    fork = os.fork

    def closing_fork() -> int:
        caller = os.getpid()
        telling = [n for n in range(3, 100) if _is_pipe(n)]
        number = fork()
        if os.getpid() != caller:
            for descriptor in telling[:-2]:  # the last two are how the child tells anything
                os.close(descriptor)
        return number

    os.fork = closing_fork


def _is_pipe(number: int) -> bool:
    import stat

    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False


@counterfeit("FK26", where=hasattr(os, "forkpty"))
def forkpty_gives_a_pipe() -> None:
    """The child of forkpty writes to a pipe, and has no terminal."""

    def forkpty() -> tuple[int, int]:
        reading, writing = os.pipe()
        number = os.fork()
        if number == 0:
            os.dup2(writing, 1)
            return 0, -1
        os.close(writing)
        return number, reading

    os.forkpty = forkpty


@counterfeit("FK03", where=FORK and WARNS)
def fork_never_warns_of_threads() -> None:
    """No warning is given when a process with several threads forks."""
    import warnings

    fork = os.fork

    def silent_fork() -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fork()

    os.fork = silent_fork


@counterfeit("FK03", where=FORK and not WARNS)
def fork_always_warns() -> None:
    """Every fork warns, with one thread too."""
    import warnings

    fork = os.fork

    def warning_fork() -> int:
        warnings.warn("is multi-threaded, use of fork() may lead to", DeprecationWarning, 2)
        return fork()

    os.fork = warning_fork


@counterfeit("FK04", where=FORK and sys.version_info < (3, 15))
def fork_raises_if_its_warning_is_an_error() -> None:
    """As in 3.15, the parent gets the warning as an exception if it is to be an error."""
    import threading

    fork = os.fork

    def raising_fork() -> int:
        number = fork()
        if number and threading.active_count() > 1 and any("error" in w for w in sys.warnoptions):
            raise DeprecationWarning("multi-threaded")
        return number

    os.fork = raising_fork


@counterfeit("FK04", where=FORK and sys.version_info >= (3, 15))
def fork_swallows_its_warning_if_it_is_an_error() -> None:
    """As before 3.15, nothing is raised in the parent."""
    fork_never_warns_of_threads.apply()


@counterfeit("FK05", where=FORK)
def the_forking_thread_is_renamed_in_the_child() -> None:
    """The only thread of a forked child is called MainThread."""
    import threading

    def rename() -> None:
        threading.current_thread().name = "MainThread"

    _in_children(rename)


@counterfeit("Z07", where=FORK)
def a_child_forked_in_a_thread_runs_the_exit_handlers() -> None:
    """The end of the thread that a child was forked in is a normal end of the program."""
    import atexit
    import threading

    delete = threading.Thread._delete

    def _delete(self: threading.Thread) -> None:
        delete(self)
        atexit._run_exitfuncs()

    def end_normally() -> None:
        threading.Thread._delete = _delete

    _in_children(end_normally)


@counterfeit("FK06", where=FORK)
def threads_seem_alive_in_a_forked_child() -> None:
    """In a forked child is_alive() of the parent's threads is what it was."""
    import threading

    def revive() -> None:
        threading.Thread.is_alive = lambda self: True

    _in_children(revive)


@counterfeit("FK07", "FK28", where=FORK)
def locks_are_free_in_a_forked_child() -> None:
    """A Lock that was held at the fork is free in the child."""
    import threading

    allocate = threading.Lock

    class Lock:
        def __init__(self) -> None:
            self._lock, self._pid = allocate(), os.getpid()

        def _of_this_process(self) -> Any:
            if self._pid != os.getpid():
                self.__init__()
            return self._lock

        def acquire(self, *args: Any, **kwargs: Any) -> bool:
            return self._of_this_process().acquire(*args, **kwargs)

        def release(self) -> None:
            self._of_this_process().release()

        def locked(self) -> bool:
            return self._of_this_process().locked()

        def __enter__(self) -> bool:
            return self.acquire()

        def __exit__(self, *error: object) -> None:
            self.release()

    threading.Lock = Lock


@counterfeit("Z13", where=FORK)
def an_rlock_is_free_in_a_forked_child() -> None:
    """An RLock of the forking thread is nobody's in the child."""
    import threading

    make = threading.RLock

    class RLock:
        def __init__(self) -> None:
            self._lock, self._pid = make(), os.getpid()

        def __getattr__(self, name: str) -> Any:
            if self._pid != os.getpid():
                self._lock, self._pid = make(), os.getpid()
            return getattr(self._lock, name)

        def __enter__(self) -> bool:
            return self.acquire()

        def __exit__(self, *error: object) -> None:
            self.release()

    threading.RLock = RLock


@counterfeit("FK08", where=FORK)
def the_locks_of_logging_stay_locked_in_a_forked_child() -> None:
    """The locks of logging's handlers are not made anew in a forked child."""
    import logging

    logging.Handler._at_fork_reinit = lambda self: None


@counterfeit("Z06", where=FORK)
def no_module_is_locked_in_a_forked_child() -> None:
    """A forked child may import what another thread was importing."""
    from importlib import _bootstrap

    _in_children(_bootstrap._module_locks.clear)


@counterfeit("FK32", where=FORK)
def a_forked_child_cannot_start_threads() -> None:
    """In a forked child start() raises RuntimeError."""
    import threading

    def start(self: object) -> None:
        raise RuntimeError("can't start new thread")

    def refuse() -> None:
        threading.Thread.start = start

    _in_children(refuse)


@counterfeit("FK09", where=FORK)
def callbacks_after_a_fork_are_called_in_reverse() -> None:
    """In the child, what was registered last is called first."""
    register = os.register_at_fork
    callbacks: list[Callable[[], object]] = []

    def register_at_fork(*, after_in_child: Any = None, **others: Any) -> None:
        if after_in_child is not None:
            callbacks.append(after_in_child)
        if others:
            register(**others)

    register(after_in_child=lambda: [callback() for callback in reversed(callbacks)])
    os.register_at_fork = register_at_fork


@counterfeit("FK09", "FK41", where=FORK)
def callbacks_in_the_parent_are_forgotten() -> None:
    """What is to be called in the parent after a fork is not."""
    register = os.register_at_fork

    def register_at_fork(*, after_in_parent: Any = None, **others: Any) -> None:
        register(**others)

    os.register_at_fork = register_at_fork


@counterfeit("FK40", where=FORK)
def register_at_fork_takes_anything() -> None:
    """register_at_fork() ignores what it cannot use."""
    register = os.register_at_fork

    def register_at_fork(*args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(TypeError):
            register(*args, **kwargs)

    os.register_at_fork = register_at_fork


@counterfeit("FK10", where=FORK)
def an_exception_in_a_callback_is_swallowed() -> None:
    """Nobody hears of an exception in a callback around a fork."""
    register = os.register_at_fork

    def silent(callback: Callable[[], object]) -> Callable[[], None]:
        def call() -> None:
            with contextlib.suppress(Exception):
                callback()

        return call

    def register_at_fork(**callbacks: Any) -> None:
        register(**{name: silent(callback) for name, callback in callbacks.items()})

    os.register_at_fork = register_at_fork


@counterfeit("FK41", where=FORK)
def the_method_fork_is_spawn() -> None:
    """get_context("fork") is the context of spawn."""
    from multiprocessing import context

    context._concrete_contexts["fork"] = context._concrete_contexts["spawn"]


@counterfeit("FK01", where=FORK)
def an_exit_code_loses_its_sign() -> None:
    """waitstatus_to_exitcode() gives the number of the signal without its sign."""
    convert = os.waitstatus_to_exitcode
    os.waitstatus_to_exitcode = lambda status: abs(convert(status))


@counterfeit("FK33", where=FORK)
def no_child_is_ever_stopped() -> None:
    """WIFSTOPPED() is always false."""
    os.WIFSTOPPED = lambda status: False


@counterfeit("FK12", "FK27", where=FORK)
def waiting_for_a_child_that_is_gone_succeeds() -> None:
    """waitpid() gives status 0 where there is no child, or none any more."""
    wait = os.waitpid

    def waitpid(pid: int, options: int) -> tuple[int, int]:
        try:
            return wait(pid, options)
        except ChildProcessError:
            return max(pid, 0), 0

    os.waitpid = waitpid


@counterfeit("FK34", where=FORK)
def wait4_takes_any_child() -> None:
    """wait4() waits for whichever child ends first."""
    os.wait4 = lambda pid, options: os.wait3(options)


@counterfeit("FK15", where=hasattr(os, "waitid"))
def waitid_always_reaps() -> None:
    """WNOWAIT is ignored."""
    wait = os.waitid
    os.waitid = lambda kind, id, options: wait(kind, id, options & ~os.WNOWAIT)


@counterfeit("FK16", where=hasattr(os, "pidfd_open"))
def a_pidfd_is_always_readable() -> None:
    """pidfd_open() gives a descriptor that is ready at once."""
    os.pidfd_open = lambda pid, flags=0: os.open(os.devnull, os.O_RDONLY)


@counterfeit("FK35", where=FORK)
def a_process_that_is_gone_can_be_killed() -> None:
    """os.kill() never raises ProcessLookupError."""
    send = os.kill

    def kill(pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            send(pid, number)

    os.kill = kill


@counterfeit("FK24")
def a_returncode_loses_its_sign() -> None:
    """The returncode of a subprocess that signal N ended is N."""
    from subprocess import Popen

    Popen.returncode = property(
        lambda self: self.__dict__.get("code"),
        lambda self, code: self.__dict__.update(code=code and abs(code)),
    )


@counterfeit("FK13", where=HAS_SPAWN)
def posix_spawn_passes_its_own_environment_on() -> None:
    """posix_spawn() ignores the environment it is given."""
    spawn = os.posix_spawn

    def posix_spawn(path: str, argv: Any, env: Any, **kwargs: Any) -> int:
        return spawn(path, argv, os.environ, **kwargs)

    os.posix_spawn = posix_spawn


@counterfeit("FK13", "FK38", where=HAS_SPAWN)
def posix_spawn_closes_nothing() -> None:
    """posix_spawn() opens and duplicates descriptors, but closes none."""
    spawn = os.posix_spawn
    closing = (os.POSIX_SPAWN_CLOSE, getattr(os, "POSIX_SPAWN_CLOSEFROM", os.POSIX_SPAWN_CLOSE))

    def posix_spawn(*args: Any, file_actions: Any = (), **kwargs: Any) -> int:
        kept = [action for action in file_actions if action[0] not in closing]
        return spawn(*args, file_actions=kept, **kwargs)

    os.posix_spawn = posix_spawn


@counterfeit("FK14", where=HAS_SPAWN)
def posix_spawn_of_a_missing_program_gives_a_pid() -> None:
    """A missing program is only told by the exit code 127."""
    spawn = os.posix_spawn

    def posix_spawn(path: str, *args: Any, **kwargs: Any) -> int:
        try:
            return spawn(path, *args, **kwargs)
        except FileNotFoundError:
            return spawn("/bin/sh", ["sh", "-c", "exit 127"], {})

    os.posix_spawn = posix_spawn


@counterfeit("FK36", where=HAS_SPAWN)
def posix_spawn_looks_on_the_path() -> None:
    """posix_spawn() is posix_spawnp()."""
    os.posix_spawn = os.posix_spawnp


@counterfeit("FK37", where=HAS_SPAWN)
def posix_spawn_blocks_no_signals() -> None:
    """posix_spawn() ignores the signal mask it is given."""
    spawn = os.posix_spawn
    os.posix_spawn = lambda *args, setsigmask=None, **kwargs: spawn(*args, **kwargs)


@counterfeit("FK42", where=hasattr(os, "sched_setaffinity"))
def a_forked_child_may_use_all_cores() -> None:
    """The cores that a parent is pinned to are not inherited."""
    _in_children(lambda: os.sched_setaffinity(0, range(os.cpu_count() or 1)))


@counterfeit("FK43", where=hasattr(os, "sched_setaffinity"))
def cpu_count_is_of_the_process() -> None:
    """os.cpu_count() counts the cores that the process may use."""
    os.cpu_count = lambda: len(os.sched_getaffinity(0))
