"""Counterfeits of locks, and of what threads share and processes do not."""

from typing import Any

from . import counterfeit

UNRELATED = ("8.0", "8.10", "8.12")


def _replace_lock(**methods: Any) -> None:
    """Make threading.Lock a class that wraps a lock and has the given methods instead."""
    import _thread
    import threading

    class Lock:
        def __init__(self) -> None:
            self.lock = _thread.allocate_lock()

        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            return self.lock.acquire(blocking, timeout)

        def release(self) -> None:
            self.lock.release()

        def locked(self) -> bool:
            return self.lock.locked()

        def __enter__(self) -> bool:
            return self.acquire()

        def __exit__(self, *exception: object) -> None:
            self.release()

        def _at_fork_reinit(self) -> None:
            self.lock = _thread.allocate_lock()

    for name, method in methods.items():
        setattr(Lock, name, method)
    threading.Lock = Lock  # type: ignore[misc,assignment]


@counterfeit("7.11", "7.12")
def locks_do_not_exclude() -> None:
    """A Lock lets everybody in."""

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        self.lock.acquire(False)
        return True

    def release(self: Any) -> None:
        if self.lock.locked():
            self.lock.release()

    _replace_lock(acquire=acquire, release=release, _is_owned=lambda self: True)


@counterfeit("7.11")
def locks_do_not_exclude_those_who_wait() -> None:
    """A Lock refuses who does not wait, and lets in who does."""

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        return self.lock.acquire(False) or (blocking and timeout < 0)

    def release(self: Any) -> None:
        if self.lock.locked():
            self.lock.release()

    _replace_lock(acquire=acquire, release=release)


@counterfeit("7.11")
def locks_are_reentrant() -> None:
    """A Lock is an RLock: its holder gets it again, and nobody else may release it."""
    import threading

    threading.Lock = threading.RLock  # type: ignore[misc,assignment]


@counterfeit("7.11")
def locks_ignore_the_timeout() -> None:
    """acquire() with a timeout waits for ever."""
    _replace_lock(acquire=lambda self, blocking=True, timeout=-1: self.lock.acquire(blocking))


@counterfeit("7.11")
def locks_with_a_timeout_give_up_at_once() -> None:
    """acquire() with a timeout does not wait."""

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        return bool(self.lock.acquire(blocking and timeout < 0))

    _replace_lock(acquire=acquire)


@counterfeit("7.11")
def locks_can_be_released_by_their_holder_only() -> None:
    """A Lock has an owner: release() in another thread raises RuntimeError."""
    import _thread

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        got = self.lock.acquire(blocking, timeout)
        if got:
            self.owner = _thread.get_ident()
        return bool(got)

    def release(self: Any) -> None:
        if getattr(self, "owner", None) != _thread.get_ident():
            raise RuntimeError("release by a thread that does not hold the lock")
        self.lock.release()

    _replace_lock(acquire=acquire, release=release)


@counterfeit("7.11")
def unlocked_locks_can_be_released() -> None:
    """Releasing a Lock that nobody holds does nothing."""

    def release(self: Any) -> None:
        if self.lock.locked():
            self.lock.release()

    _replace_lock(release=release)


@counterfeit("7.11")
def an_exception_leaves_the_lock_locked() -> None:
    """A with block that is left by an exception keeps the Lock."""

    def leave(self: Any, kind: object, *rest: object) -> None:
        if kind is None:
            self.release()

    _replace_lock(__exit__=leave)


@counterfeit("7.11")
def rlocks_can_be_released_by_anyone() -> None:
    """RLock.release() by a thread that does not own it goes unnoticed."""
    import _thread
    import contextlib
    import threading

    class RLock(_thread.RLock):  # type: ignore[misc]
        def release(self) -> None:
            with contextlib.suppress(RuntimeError):
                super().release()

    threading.RLock = RLock  # type: ignore[misc,assignment]


@counterfeit("7.01", "7.03", "7.04", "7.07", "7.08", "7.09")
def a_process_has_no_memory_of_its_own() -> None:
    """A process runs in its parent, as a thread: list and lock are the parent's."""
    import threading
    from multiprocessing import process

    def start(self: Any) -> None:
        self._thread = threading.Thread(target=self.run)
        self._thread.start()

    process.BaseProcess.start = start  # type: ignore[method-assign]
    process.BaseProcess.join = lambda self, timeout=None: self._thread.join(timeout)  # type: ignore[method-assign]
    process.BaseProcess.is_alive = lambda self: self._thread.is_alive()  # type: ignore[method-assign]
    process.BaseProcess.exitcode = property(  # type: ignore[assignment,method-assign]
        lambda self: None if self._thread.is_alive() else 0
    )


@counterfeit("7.02", "7.05")
def threads_have_memory_of_their_own() -> None:
    """A thread runs its target with copies of the module's lists."""
    import threading
    import types

    run = threading.Thread.run

    def copying(self: Any) -> None:
        target = self._target
        if isinstance(target, types.FunctionType):
            copies = {
                name: list(value) if type(value) is list else value
                for name, value in target.__globals__.items()
            }
            self._target = types.FunctionType(
                target.__code__, copies, target.__name__, target.__defaults__, target.__closure__
            )
        run(self)

    threading.Thread.run = copying  # type: ignore[method-assign]


@counterfeit("7.04")
def arguments_are_taken_when_a_process_is_made() -> None:
    """A process gets its arguments as they were when it was made, not when it was started."""
    import copy
    from multiprocessing import process

    init = process.BaseProcess.__init__

    def early(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        lists = (copy.copy(item) if type(item) is list else item for item in self._args)
        self._args = tuple(lists)

    process.BaseProcess.__init__ = early  # type: ignore[method-assign]


@counterfeit("7.07")
def multiprocessings_locks_do_not_exclude() -> None:
    """A multiprocessing.Lock lets everybody in."""
    from multiprocessing import synchronize

    make = synchronize.Lock._make_methods

    def open_to_all(self: Any) -> None:
        make(self)
        if type(self) is synchronize.Lock:
            self.acquire = lambda block=True, timeout=None: True

    synchronize.Lock._make_methods = open_to_all


@counterfeit("7.08")
def locks_are_free_after_a_fork() -> None:
    """Every threading.Lock is unlocked in a forked child."""
    import os
    import threading

    make, made = threading.Lock, []

    def remember() -> Any:
        made.append(make())
        return made[-1]

    def unlock() -> None:
        for lock in made:
            if lock.locked():
                lock.release()

    threading.Lock = remember  # type: ignore[misc,assignment]
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=unlock)


@counterfeit("7.09")
def locks_can_be_pickled() -> None:
    """A threading.Lock can be sent to any process; a fresh one arrives."""
    import _thread
    import copyreg

    copyreg.pickle(_thread.LockType, lambda lock: (_thread.allocate_lock, ()))  # type: ignore[arg-type]


@counterfeit("7.10", "7.13")
def a_process_is_joined_before_it_has_ended() -> None:
    """join() of a process returns at once."""
    from multiprocessing import process

    process.BaseProcess.join = lambda self, timeout=None: None  # type: ignore[method-assign]


@counterfeit("7.14")
def a_child_inherits_what_is_unprinted() -> None:
    """multiprocessing does not flush the standard streams before it forks."""
    from multiprocessing import popen_fork

    def init(self: Any, process_obj: Any) -> None:
        self.returncode = None
        self.finalizer = None
        self._launch(process_obj)

    popen_fork.Popen.__init__ = init  # type: ignore[method-assign]
