"""Counterfeits for the claims of library/threading/test_names_and_idents.py."""

import sys

from .. import counterfeit
from ..facts import PYPY, VERSION


@counterfeit("THREAD23")
def default_names_do_not_tell_the_target():
    """A thread is called Thread-N, whatever its target."""
    import itertools
    import threading

    make, count = threading.Thread.__init__, itertools.count(1)

    def make_named(self, group=None, target=None, name=None, *arguments, **more):
        make(self, group, target, name or f"Thread-{next(count)}", *arguments, **more)

    threading.Thread.__init__ = make_named


@counterfeit("THREAD24", *(["THREAD32"] if VERSION >= (3, 14) else []))
def the_name_of_a_live_thread_is_fixed():
    """Assigning to Thread.name changes nothing while the thread runs."""
    import threading

    name = threading.Thread.name

    def rename(self, value):
        if not self.is_alive():
            name.fset(self, value)

    threading.Thread.name = property(name.fget, rename)


@counterfeit("THREAD25", "THREAD14")
def threads_have_no_native_id():
    """Thread.native_id is None at any time."""
    import threading

    threading.Thread.native_id = property(lambda self: None)


@counterfeit("THREAD26")
def native_ids_are_counted_up():
    """threading.get_native_id() is one too high."""
    import threading

    native_id = threading.get_native_id
    threading.get_native_id = lambda: native_id() + 1


@counterfeit("THREAD43")
def a_thread_keeps_its_native_id_in_a_fork():
    """Thread.native_id is that of the parent after os.fork(), or not, if it was before."""
    import os
    import threading

    stale = threading.main_thread()._native_id
    renewed = VERSION >= (3, 13, 4) and not PYPY

    def set_again():
        main = threading.main_thread()
        main._native_id = stale if renewed else threading.get_native_id()

    os.register_at_fork(after_in_child=set_again)


@counterfeit("THREAD27", "THREAD25", "THREAD16", "THREAD40")
def get_ident_is_no_ident():
    """threading.get_ident() is not the ident of the calling thread, except for threading itself."""
    import threading

    ident = threading.get_ident
    threading.get_ident = lambda: ident() + (sys._getframe(1).f_globals is not vars(threading))


@counterfeit("THREAD28")
def idents_are_never_reused():
    """Thread.ident is a number that no other thread ever had."""
    import itertools
    import threading

    ident, count = threading.Thread.ident.fget, itertools.count(10**6)

    def unique(self):
        if ident(self) is None or self is threading.main_thread():
            return ident(self)
        return vars(self).setdefault("_unique", next(count))

    threading.Thread.ident = property(unique)


@counterfeit("THREAD29")
def every_thread_is_the_main_thread():
    """threading.main_thread() is the calling thread."""
    import threading

    threading.main_thread = threading.current_thread


@counterfeit("THREAD30", "THREAD16")
def current_thread_is_a_copy():
    """threading.current_thread() returns a copy of the Thread."""
    import copy
    import threading

    current = threading.current_thread
    threading.current_thread = lambda: copy.copy(current())


@counterfeit("THREAD31", "THREAD32", where=VERSION >= (3, 14))
def the_system_is_told_no_names():
    """The name of a thread is kept from the system."""
    import threading

    threading.Thread._set_os_name = lambda self: None


@counterfeit("THREAD32", where=VERSION >= (3, 14))
def any_thread_tells_the_system_a_name():
    """The system is told the name of a thread that another thread renames."""
    import threading

    name = threading.Thread.name

    def rename(self, value):
        name.fset(self, value)
        if self.is_alive():
            with open(f"/proc/self/task/{self.native_id}/comm", "wb") as comm:
                comm.write(value.encode()[:15])

    threading.Thread.name = property(name.fget, rename)


@counterfeit("THREAD31", "THREAD32", where=VERSION < (3, 14))
def the_system_is_told_the_names():
    """The name of a thread is given to the system, as Python 3.14 does."""
    import threading

    name, bootstrap = threading.Thread.name, threading.Thread._bootstrap_inner

    def tell():
        path = f"/proc/self/task/{threading.get_native_id()}/comm"
        with open(path, "wb") as comm:
            comm.write(threading.current_thread().name.encode()[:15])

    def rename(self, value):
        name.fset(self, value)
        if self.is_alive():
            tell()

    def bootstrap_and_tell(self):
        run = self.run
        self.run = lambda: (tell(), run())
        bootstrap(self)

    threading.Thread.name = property(name.fget, rename)
    threading.Thread._bootstrap_inner = bootstrap_and_tell


@counterfeit("THREAD33")
def a_dummy_cannot_be_joined_at_all():
    """Joining a thread that is not threading's fails by an assertion, or not if it did so."""
    import threading

    def join(self, timeout=None):
        if VERSION >= (3, 13) and not PYPY:
            raise AssertionError("cannot join a dummy thread")
        raise RuntimeError("cannot join a dummy thread")

    threading._DummyThread.join = join


@counterfeit("THREAD34")
def the_old_names_are_as_good_as_the_new():
    """The old names of threading warn no more."""
    import threading

    threading.currentThread = threading.current_thread
    threading.Event.isSet = threading.Event.is_set
