"""Counterfeits for the claims of library/private_names/test_processes.py."""

import sys

from .. import counterfeit
from ..facts import POSIX, PYPY, VERSION
from ..patching import patch

LINUX = sys.platform == "linux"
SWITCHES = PYPY or (3, 10, 5) <= VERSION < (3, 14)


@counterfeit("PRIVATE12", where=LINUX)
def subprocess_has_the_other_switches():
    """subprocess._USE_VFORK is None where it was True, and there where it was not."""
    import subprocess

    if SWITCHES:
        subprocess._USE_VFORK = None
    else:
        subprocess._USE_VFORK = True


@counterfeit("PRIVATE13", where=POSIX)
def fork_exec_takes_other_arguments():
    """fork_exec() wants 23 arguments where it wanted another number, and else 21."""
    import _posixsubprocess

    fork_exec = _posixsubprocess.fork_exec
    wanted = 21 if PYPY or (3, 11) <= VERSION < (3, 14) else 23

    def count(*args):
        if not args:
            raise TypeError(f"fork_exec expected {wanted} arguments, got 0")
        return fork_exec(*args)

    _posixsubprocess.fork_exec = count


@counterfeit("PRIVATE14", where=POSIX)
def subprocess_has_no_list2cmdline():
    """subprocess.list2cmdline is gone."""
    import subprocess

    del subprocess.list2cmdline


@counterfeit("PRIVATE15")
def a_thread_pool_keeps_no_threads():
    """ThreadPoolExecutor._threads is empty."""

    def change(adjust):
        def forget(self):
            adjust(self)
            self._threads = set()

        return forget

    patch("concurrent.futures.thread.ThreadPoolExecutor", _adjust_thread_count=change)


@counterfeit("PRIVATE19", where=VERSION >= (3, 14) and not PYPY)
def batch_setitems_may_take_one_argument():
    """A subclass of pickle._Pickler need not take the dict in _batch_setitems()."""
    import pickle

    old = pickle._Pickler._batch_setitems

    def batch_setitems(self, items, obj=None):
        old(self, items, obj)

    def init_subclass(cls):
        own = cls._batch_setitems
        cls._batch_setitems = lambda self, items, obj=None: own(self, items)

    pickle._Pickler._batch_setitems = batch_setitems
    pickle._Pickler.__init_subclass__ = classmethod(init_subclass)


@counterfeit("PRIVATE19", where=VERSION < (3, 14) or PYPY)
def batch_setitems_takes_the_dict_too():
    """A subclass of pickle._Pickler must take the dict in _batch_setitems(), as from 3.14 on."""
    import pickle

    one, save_dict = pickle._Pickler._batch_setitems, pickle._Pickler.save_dict

    def save_or_refuse(self, obj):
        if type(self)._batch_setitems is not one:
            raise TypeError("_batch_setitems() takes 2 positional arguments but 3 were given")
        save_dict(self, obj)

    pickle._Pickler.dispatch[dict] = save_or_refuse


@counterfeit("PRIVATE23", where=POSIX)
def a_tracker_ensures_what_the_other_releases_do():
    """ResourceTracker.register() calls ensure_running() where it does not, and the other way."""
    from multiprocessing.resource_tracker import ResourceTracker

    register, ensure = ResourceTracker.register, ResourceTracker.ensure_running
    calls = PYPY or VERSION < (3, 13, 7) or VERSION == (3, 14, 0)

    def register_and_ensure(self, name, kind):
        self.ensure_running()
        register(self, name, kind)

    def register_by_its_own(self, name, kind):
        self.ensure_running = lambda: ensure(self)
        register(self, name, kind)

    ResourceTracker.register = register_by_its_own if calls else register_and_ensure


@counterfeit("PRIVATE28", where=POSIX)
def a_tracker_is_told_in_other_words():
    """ResourceTracker.register() and unregister() write the name before the command."""
    import os

    write = os.write

    def write_otherwise(descriptor, data):
        command, colon, rest = data.partition(b":")
        if command in (b"REGISTER", b"UNREGISTER"):
            write(descriptor, rest.strip() + colon + command + b"\n")
            return len(data)
        return write(descriptor, data)

    os.write = write_otherwise


@counterfeit("PRIVATE29")
def a_process_pool_keeps_its_workers():
    """ProcessPoolExecutor._processes stays what it was at shutdown()."""

    def change(shutdown):
        def keep(self, *arguments, **keywords):
            workers = self._processes
            shutdown(self, *arguments, **keywords)
            self._processes = workers

        return keep

    patch("concurrent.futures.process.ProcessPoolExecutor", shutdown=change)
