"""Counterfeits for the claims of library/multiprocessing/test_contexts.py."""

import os
import sys

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION
from .shared import prepare_without


@counterfeit("CX41", where=FORK)
def a_child_does_not_log():
    """log_to_stderr() is for this process alone."""
    prepare_without("log_to_stderr", "log_level")


@counterfeit("CX06", where=FORK)
def a_child_does_not_know_its_start_method():
    """In a forked child the default start method is not fixed."""
    from multiprocessing import context

    context._force_start_method = lambda method: None


@counterfeit("CX02", "CX20", where=FORK)
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


@counterfeit("CX07", where=FORK)
def a_concrete_context_accepts_another_method():
    """set_start_method() of a context of one method does nothing, silently."""
    from multiprocessing import context

    context.BaseContext.set_start_method = lambda self, method, force=False: None


@counterfeit("CX21", "CX07", where=FORK)
def get_context_makes_a_new_one_each_time():
    """get_context(name) returns another object with each call."""
    import multiprocessing
    from multiprocessing import context

    get = context.BaseContext.get_context

    def get_anew(self, method=None):
        return type(get(self, method))()

    context.BaseContext.get_context = get_anew
    multiprocessing.get_context = context._default_context.get_context


@counterfeit("CX22")
def a_context_counts_one_cpu():
    """cpu_count() of a context is 1 more than the module's."""
    from multiprocessing import context

    context.BaseContext.cpu_count = lambda self: (os.cpu_count() or 1) + 1


@counterfeit("CX22", "CX23", where=FORK)
def a_context_has_no_children():
    """active_children() and parent_process() of a context know nobody."""
    from multiprocessing import context

    context.BaseContext.active_children = staticmethod(list)
    context.BaseContext.parent_process = staticmethod(lambda: None)


#: Whether freeze_support() fixes the default start method here (gh-140814).
_FREEZE_SUPPORT_FIXES = not PYPY and (
    (3, 13, 4) <= VERSION < (3, 13, 13) or (3, 14) <= VERSION < (3, 14, 4)
)


@counterfeit("MX23", where=FORK)
def freeze_support_is_otherwise():
    """freeze_support() fixes the default start method where it does not, and the other way."""
    import multiprocessing

    def fix():
        if not _FREEZE_SUPPORT_FIXES:
            multiprocessing.get_start_method()

    multiprocessing.freeze_support = fix


@counterfeit("MX31", "CX25", where=FORK and VERSION >= (3, 11))
def a_wrong_lock_is_a_type_error():
    """A lock that cannot be given to a process is refused by TypeError (any lock is)."""
    from multiprocessing import synchronize

    def refuse(self):
        raise TypeError("cannot pickle a lock")

    synchronize.SemLock.__getstate__ = refuse


@counterfeit("CX05", "CX26", where=FORK and VERSION >= (3, 11))
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


@counterfeit("CX27", where=FORK)
def every_process_is_called_process():
    """The name of a process does not tell its class."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_named(self, *arguments, **keywords):
        make(self, *arguments, **keywords)
        self._name = self._name.replace(type(self).__name__, "Process")

    process.BaseProcess.__init__ = make_named


@counterfeit("CX28", "N8.08", where=FORK)
def only_two_start_methods_are_listed():
    """get_all_start_methods() does not list forkserver."""
    import multiprocessing

    multiprocessing.get_all_start_methods = lambda: ["fork", "spawn"]


@counterfeit("CX40", where=FORK)
def a_long_temporary_folder_is_an_error():
    """No process can be started if TMPDIR is longer than 84 characters."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_if_short(self):
        if len(os.environ.get("TMPDIR", "")) > 84:
            raise OSError("AF_UNIX path too long")
        start(self)

    process.BaseProcess.start = start_if_short


@counterfeit("MX26", where=VERSION >= (3, 13))
def the_number_of_cpus_is_fixed():
    """os.cpu_count() asks neither the environment nor the options."""
    os.cpu_count = lambda: 3


@counterfeit("MX26", where=VERSION < (3, 13))
def the_environment_sets_the_number_of_cpus():
    """os.cpu_count() obeys PYTHON_CPU_COUNT and -X cpu_count already."""
    count = os.cpu_count

    def obeying():
        options = getattr(sys, "_xoptions", {})
        return int(options.get("cpu_count", os.environ.get("PYTHON_CPU_COUNT", count())))

    os.cpu_count = obeying


@counterfeit("CX11")
def process_cpu_count_is_one_too_high():
    """os.process_cpu_count() counts a CPU that the process may not use."""
    affinity = os.sched_getaffinity if hasattr(os, "sched_getaffinity") else None
    os.process_cpu_count = lambda: (len(affinity(0)) if affinity else os.cpu_count() or 1) + 1


@counterfeit("CX30")
def an_unknown_number_of_cpus_is_one():
    """cpu_count() is 1 where the system does not tell the number."""
    import multiprocessing
    from multiprocessing import context

    context.BaseContext.cpu_count = lambda self: os.cpu_count() or 1
    multiprocessing.cpu_count = context._default_context.cpu_count


@counterfeit("CX29", where=sys.platform == "darwin")
def macos_forks_by_default():
    """The default start method is fork on macOS, too."""
    from multiprocessing.context import DefaultContext

    DefaultContext.get_start_method = lambda self, allow_none=False: "fork"
