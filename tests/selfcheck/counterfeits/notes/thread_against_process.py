"""Counterfeits for the claims of notes/test_7_thread_against_process.py."""

from .. import counterfeit
from ..synchronizers.shared import replace_lock, wrap_locks


@counterfeit("7.11", "7.12")
def locks_do_not_exclude():
    """A Lock lets everybody in."""

    def acquire(self, blocking=True, timeout=-1):
        self.lock.acquire(False)
        return True

    def release(self):
        if self.lock.locked():
            self.lock.release()

    replace_lock(acquire=acquire, release=release, _is_owned=lambda self: True)


@counterfeit("7.11")
def locks_do_not_exclude_those_who_wait():
    """A Lock refuses who does not wait, and lets in who does."""

    def acquire(self, blocking=True, timeout=-1):
        return self.lock.acquire(False) or (blocking and timeout < 0)

    def release(self):
        if self.lock.locked():
            self.lock.release()

    replace_lock(acquire=acquire, release=release)


@counterfeit("7.11")
def locks_are_reentrant():
    """A Lock is an RLock: its holder gets it again, and nobody else may release it."""
    import threading

    threading.Lock = threading.RLock


@counterfeit("7.11")
def locks_ignore_the_timeout():
    """acquire() with a timeout waits for ever."""
    replace_lock(acquire=lambda self, blocking=True, timeout=-1: self.lock.acquire(blocking))


@counterfeit("7.11")
def locks_with_a_timeout_give_up_at_once():
    """acquire() with a timeout does not wait."""

    def acquire(self, blocking=True, timeout=-1):
        return bool(self.lock.acquire(blocking and timeout < 0))

    replace_lock(acquire=acquire)


@counterfeit("7.11")
def locks_can_be_released_by_their_holder_only():
    """A Lock has an owner: release() in another thread raises RuntimeError."""
    import _thread

    def acquire(self, blocking=True, timeout=-1):
        got = self.lock.acquire(blocking, timeout)
        if got:
            self.owner = _thread.get_ident()
        return bool(got)

    def release(self):
        if getattr(self, "owner", None) != _thread.get_ident():
            raise RuntimeError("release by a thread that does not hold the lock")
        self.lock.release()

    replace_lock(acquire=acquire, release=release)


@counterfeit("7.11")
def unlocked_locks_can_be_released():
    """Releasing a Lock that nobody holds does nothing."""

    def release(self):
        if self.lock.locked():
            self.lock.release()

    replace_lock(release=release)


@counterfeit("7.11")
def an_exception_leaves_the_lock_locked():
    """A with block that is left by an exception keeps the Lock."""

    def leave(self, kind, *rest):
        if kind is None:
            self.release()

    replace_lock(__exit__=leave)


@counterfeit("7.11")
def rlocks_can_be_released_by_anyone():
    """RLock.release() by a thread that does not own it goes unnoticed."""
    import _thread
    import contextlib
    import threading

    class RLock(_thread.RLock):
        def release(self):
            with contextlib.suppress(RuntimeError):
                super().release()

    threading.RLock = RLock


@counterfeit("7.01", "7.03", "7.04", "7.07", "7.08", "7.09")
def a_process_has_no_memory_of_its_own():
    """A process runs in its parent, as a thread: list and lock are the parent's."""
    import threading
    from multiprocessing import process

    def start(self):
        self._thread = threading.Thread(target=self.run)
        self._thread.start()

    process.BaseProcess.start = start
    process.BaseProcess.join = lambda self, timeout=None: self._thread.join(timeout)
    process.BaseProcess.is_alive = lambda self: self._thread.is_alive()
    process.BaseProcess.exitcode = property(lambda self: None if self._thread.is_alive() else 0)


@counterfeit("7.02", "7.05")
def threads_have_memory_of_their_own():
    """A thread runs its target with copies of the lists that were passed to it."""
    import threading

    run = threading.Thread.run

    def copying(self):
        self._args = [list(each) if type(each) is list else each for each in self._args]
        run(self)

    threading.Thread.run = copying


@counterfeit("7.04")
def arguments_are_taken_when_a_process_is_made():
    """A process gets its arguments as they were when it was made, not when it was started."""
    import copy
    from multiprocessing import process

    init = process.BaseProcess.__init__

    def early(self, *args, **kwargs):
        init(self, *args, **kwargs)
        lists = (copy.copy(item) if type(item) is list else item for item in self._args)
        self._args = tuple(lists)

    process.BaseProcess.__init__ = early


@counterfeit("7.01", "7.03")
def a_passed_list_arrives_with_an_item_too_many():
    """A list that is passed to a process arrives with its last argument already in it."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_with_more(self):
        for each in self._args:
            if type(each) is list:
                each.append(self._args[-1])
        run(self)

    process.BaseProcess.run = run_with_more


@counterfeit("7.01", "7.03")
def what_a_child_appends_comes_back():
    """The last argument of a process is appended to the lists of its parent that were passed."""
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_and_bring_back(self, timeout=None):
        join(self, timeout)
        for each in self.__dict__.pop("_passed", ()):
            each.append(self._number)

    make = process.BaseProcess.__init__

    def make_and_remember(self, group=None, target=None, name=None, args=(), *rest, **others):
        make(self, group, target, name, args, *rest, **others)
        lists = [each for each in args if type(each) is list]
        if lists:
            self._passed, self._number = lists, args[-1]

    process.BaseProcess.__init__ = make_and_remember
    process.BaseProcess.join = join_and_bring_back


@counterfeit("7.07")
def multiprocessings_locks_do_not_exclude():
    """A multiprocessing.Lock lets everybody in."""
    wrap_locks("Lock", acquire=lambda lock, acquire: lambda block=True, timeout=None: True)


@counterfeit("7.08")
def locks_are_free_after_a_fork():
    """Every threading.Lock is unlocked in a forked child."""
    import os
    import threading

    make, made = threading.Lock, []

    def remember():
        made.append(make())
        return made[-1]

    def unlock():
        for lock in made:
            if lock.locked():
                lock.release()

    threading.Lock = remember
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=unlock)


@counterfeit("7.09")
def locks_can_be_pickled():
    """A threading.Lock can be sent to any process; a fresh one arrives."""
    import _thread
    import copyreg

    copyreg.pickle(_thread.LockType, lambda lock: (_thread.allocate_lock, ()))


@counterfeit("7.10", "7.13")
def a_process_is_joined_before_it_has_ended():
    """join() of a process returns at once."""
    from multiprocessing import process

    process.BaseProcess.join = lambda self, timeout=None: None


@counterfeit("7.14")
def a_child_inherits_what_is_unprinted():
    """multiprocessing does not flush the standard streams before it forks."""
    from multiprocessing import popen_fork

    def init(self, process_obj):
        self.returncode = None
        self.finalizer = None
        self._launch(process_obj)

    popen_fork.Popen.__init__ = init


@counterfeit("7.03", "1.02")
def a_process_runs_as_a_thread():
    """Process shares the list: the child is a thread of the parent (breaks 7.03)."""
    import threading
    from multiprocessing import process

    def start(self):
        self._thread = threading.Thread(target=self.run)
        self._thread.start()

    process.BaseProcess.start = start
    process.BaseProcess.join = lambda self, timeout=None: self._thread.join(timeout)
    process.BaseProcess.exitcode = property(lambda self: None if self._thread.is_alive() else 0)


@counterfeit("7.01", "7.02", "7.10")
def the_fourth_process_works_twice():
    """The fourth Process of a program runs its target twice."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_twice(self):
        run(self)
        if self.name == "Process-4":
            run(self)

    process.BaseProcess.run = run_twice
