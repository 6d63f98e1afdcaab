"""Counterfeits for the claims of library/multiprocessing/test_contexts.py."""

import os
import sys

from .. import counterfeit
from ..deployment.shared import start_the_other_way
from ..facts import FORK, VERSION
from .shared import prepare_without


@counterfeit("START18", where=FORK)
def a_child_does_not_log():
    """log_to_stderr() is for this process alone."""
    prepare_without("log_to_stderr", "log_level")


@counterfeit("START07", where=FORK)
def a_child_does_not_know_its_start_method():
    """In a forked child the default start method is not fixed."""
    from multiprocessing import context

    context._force_start_method = lambda method: None


@counterfeit("START05", where=FORK)
def the_start_method_can_be_set_again():
    """set_start_method() a second time is ignored, forced or not."""
    import multiprocessing
    from multiprocessing import context

    set_method = context.DefaultContext.set_start_method

    def set_once(self, method, force=False):
        if self._actual_context is None:
            set_method(self, method, force)

    context.DefaultContext.set_start_method = set_once
    multiprocessing.set_start_method = context._default_context.set_start_method


@counterfeit("START08", where=FORK)
def a_concrete_context_accepts_another_method():
    """set_start_method() of a context of one method does nothing, silently."""
    from multiprocessing import context

    context.BaseContext.set_start_method = lambda self, method, force=False: None


@counterfeit("START09", "START08", where=FORK)
def get_context_makes_a_new_one_each_time():
    """get_context(name) returns another object with each call."""
    import multiprocessing
    from multiprocessing import context

    get = context.BaseContext.get_context

    def get_anew(self, method=None):
        return type(get(self, method))()

    context.BaseContext.get_context = get_anew
    multiprocessing.get_context = context._default_context.get_context


@counterfeit("START10")
def a_context_counts_one_cpu():
    """cpu_count() of a context is 1 more than the module's."""
    from multiprocessing import context

    context.BaseContext.cpu_count = lambda self: (os.cpu_count() or 1) + 1


@counterfeit("START10", where=FORK)
def a_context_has_no_children():
    """active_children() and parent_process() of a context know nobody."""
    from multiprocessing import context

    context.BaseContext.active_children = staticmethod(list)
    context.BaseContext.parent_process = staticmethod(lambda: None)


@counterfeit("START12", "START13", where=FORK and VERSION >= (3, 11))
def a_wrong_lock_is_a_type_error():
    """A lock that cannot be given to a process is refused by TypeError (any lock is)."""
    from multiprocessing import synchronize

    def refuse(self):
        raise TypeError("cannot pickle a lock")

    synchronize.SemLock.__getstate__ = refuse


@counterfeit("START27")
def a_lock_is_given_once():
    """A lock that a process was given cannot be given to another one."""
    from multiprocessing import synchronize

    hand_out, take_in = synchronize.SemLock.__getstate__, synchronize.SemLock.__setstate__

    def take(self, state):
        take_in(self, state)
        self.given = True

    def give(self):
        if hasattr(self, "given"):
            raise AttributeError("'Lock' object has no attribute 'is_fork_ctx'")
        return hand_out(self)

    synchronize.SemLock.__getstate__, synchronize.SemLock.__setstate__ = give, take


@counterfeit("START28")
def every_process_is_a_process():
    """isinstance(process, multiprocessing.Process) is True of the processes of every context."""
    import multiprocessing
    from multiprocessing.process import BaseProcess

    class Meta(type):
        def __instancecheck__(cls, process):
            return isinstance(process, BaseProcess)

    class Process(multiprocessing.Process, metaclass=Meta):
        pass

    multiprocessing.Process = Process


@counterfeit("START14", "START15", where=FORK and VERSION >= (3, 11))
def fork_refuses_the_locks_of_others():
    """A forked process cannot be given a lock or queue of another context."""
    from multiprocessing import context

    fork = context.ForkProcess._Popen

    def refusing(process):
        for argument in process._args:
            if not getattr(getattr(argument, "_rlock", argument), "_is_fork_ctx", True):
                raise RuntimeError("a lock of another context")
        return fork(process)

    context.ForkProcess._Popen = staticmethod(refusing)


@counterfeit("START16", "START03", where=FORK)
def only_two_start_methods_are_listed():
    """get_all_start_methods() does not list forkserver."""
    import multiprocessing

    multiprocessing.get_all_start_methods = lambda: ["fork", "spawn"]


@counterfeit("START17", where=FORK)
def a_long_temporary_folder_is_an_error():
    """No process can be started if TMPDIR is longer than 84 characters."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_if_short(self):
        if len(os.environ.get("TMPDIR", "")) > 84:
            raise OSError("AF_UNIX path too long")
        start(self)

    process.BaseProcess.start = start_if_short


@counterfeit("START02", where=sys.platform == "darwin")
def macos_forks_by_default():
    """The default start method is fork on macOS, too."""
    from multiprocessing.context import DefaultContext

    DefaultContext.get_start_method = lambda self, allow_none=False: "fork"


@counterfeit("START01", "START05", "START07", where=FORK)
def get_context_without_a_name_returns_another():
    """get_context() returns the context of spawn, or from 3.14 that of fork."""
    import multiprocessing

    get = multiprocessing.get_context
    other = "spawn" if VERSION < (3, 14) else "fork"
    multiprocessing.get_context = lambda method=None: get(method or other)


@counterfeit("START04", "START11", "START05", where=FORK)
def asking_for_the_start_method_always_fixes_it():
    """get_start_method(allow_none=True) never returns None."""
    import multiprocessing

    ask = multiprocessing.get_start_method
    multiprocessing.get_start_method = lambda allow_none=False: ask()


@counterfeit("START11", where=FORK)
def a_raw_value_fixes_the_start_method():
    """RawValue() fixes the default start method."""
    import multiprocessing

    make = multiprocessing.RawValue

    def make_and_fix(*arguments):
        multiprocessing.get_start_method()
        return make(*arguments)

    multiprocessing.RawValue = make_and_fix


@counterfeit("START06", where=FORK)
def an_executor_ignores_the_set_method():
    """A ProcessPoolExecutor takes fork, or from 3.14 forkserver, whatever has been set."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import context

    make = ProcessPoolExecutor.__init__
    own = context._concrete_contexts["fork" if VERSION < (3, 14) else "forkserver"]

    def make_with_its_own(self, workers=None, mp_context=None, *arguments, **keywords):
        make(self, workers, mp_context or own, *arguments, **keywords)

    ProcessPoolExecutor.__init__ = make_with_its_own


@counterfeit("START26", where=FORK)
def starting_fixes_the_default_the_other_way():
    """Starting a process fixes the default start method where it did not, and not where it did."""
    from multiprocessing import context, spawn

    prepare = spawn.get_preparation_data

    def prepare_otherwise(name):
        default = context._default_context
        actual = default._actual_context
        data = prepare(name)
        if default._actual_context is actual:
            default.get_start_method()
        else:
            default._actual_context = actual
        return data

    spawn.get_preparation_data = prepare_otherwise


@counterfeit("START29", where=FORK)
def a_path_on_sys_path_goes_by_the_other_method():
    """A process is started by forkserver where fork is the default, if sys.path holds a Path."""
    start_the_other_way(lambda _: not all(isinstance(entry, str) for entry in sys.path))
