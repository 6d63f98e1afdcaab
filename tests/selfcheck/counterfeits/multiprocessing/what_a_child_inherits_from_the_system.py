"""Counterfeits for library/multiprocessing/test_what_a_child_inherits_from_the_system.py.

Most of them break one fact: where fork is the default start method, a forked child begins with it
as a new program does; elsewhere, a fork server's child has it as its parent has.
"""

import os
import sys

from .. import counterfeit
from ..deployment.shared import start_the_other_way
from ..facts import FORK, FORKS_BY_DEFAULT
from ..patching import patch
from .shared import fork_where, in_the_child, inherit_the_other_way, prepare_without

#: From here on the specs open descriptors, and nothing else is likely to.
HIGH = 150


@counterfeit("INHERIT06", "INHERIT09", "SERVER01", "SERVER03", "SERVER04", where=FORK)
def there_is_no_fork_server():
    """Processes of the forkserver context are spawned."""
    from multiprocessing import context

    context.ForkServerProcess._Popen = staticmethod(context.SpawnProcess._Popen)


def _one_thing_the_other_way(first, get, put):
    """Break one thing that the system keeps for each process."""
    inherit_the_other_way(lambda child: first, lambda child: get(), lambda child, value: put(value))


@counterfeit("INHERIT01", "INHERIT06", where=FORK)
def the_environment_is_not_inherited():
    """A forked child has the environment that the first child was started with."""
    first = {}

    def change(start):
        def start_and_keep(self):
            first or first.update(os.environ)
            start(self)

        return start_and_keep

    def put(environment):
        os.environ.clear()
        os.environ.update(environment)

    _one_thing_the_other_way(first, lambda: dict(os.environ), put)
    patch("multiprocessing.process.BaseProcess", start=change)


@counterfeit("INHERIT02", "INHERIT06", where=FORK)
def the_umask_is_not_inherited():
    """A forked child has the umask with which the program was started."""

    def get():
        umask = os.umask(0o022)
        os.umask(umask)
        return umask

    _one_thing_the_other_way(get(), get, os.umask)


@counterfeit("INHERIT03", where=FORK)
def ignored_signals_are_not_inherited():
    """A forked child does not ignore SIGUSR1."""
    import signal

    def get():
        return signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN

    def put(ignored):
        if ignored != get():
            signal.signal(signal.SIGUSR1, signal.SIG_IGN if ignored else signal.SIG_DFL)

    _one_thing_the_other_way(False, get, put)


@counterfeit("INHERIT04", "INHERIT06", "SIGNAL11", where=FORK)
def blocked_signals_are_not_inherited():
    """A forked child blocks no signal."""
    import signal

    def get():
        return [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])]

    _one_thing_the_other_way([], get, lambda mask: signal.pthread_sigmask(signal.SIG_SETMASK, mask))


@counterfeit("INHERIT05", "INHERIT06", where=FORK)
def limits_are_not_inherited():
    """A forked child has the limit of open files with which the program was started."""
    import resource

    def get():
        return resource.getrlimit(resource.RLIMIT_NOFILE)

    def put(limits):
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    _one_thing_the_other_way(get(), get, put)


@counterfeit("INHERIT07", "INHERIT08", where=FORK and FORKS_BY_DEFAULT)
def high_descriptors_are_closed_in_a_forked_child():
    """A forked child has the high descriptors closed."""
    _one_thing_the_other_way(300, bool, lambda end: os.closerange(HIGH, end))


@counterfeit("INHERIT09", *([] if FORKS_BY_DEFAULT else ["REAP06"]), where=FORK)
def a_served_child_is_one_of_the_caller():
    """os.getppid() is the caller's pid in a fork server's child, too."""
    from multiprocessing import process

    def pretend():
        parent = process.parent_process().pid
        os.getppid = lambda: parent

    in_the_child(pretend)


@counterfeit("INHERIT10", where=FORK)
def a_child_starts_in_the_first_directory():
    """The working directory of spawned and served children is that of the program's start."""
    prepare_without("orig_dir", dir="/")


@counterfeit("INHERIT11", where=FORK)
def the_first_of_the_path_becomes_the_last():
    """A spawned or served child has the first entry of sys.path at its end."""
    from multiprocessing import spawn

    prepare = spawn.get_preparation_data

    def preparing(name):
        data = prepare(name)
        first, *others = data["sys_path"]
        return {**data, "sys_path": [*others, first]}

    spawn.get_preparation_data = preparing


@counterfeit("INHERIT12", "MAIN09", "MAIN18", where=FORK)
def a_child_has_no_arguments():
    """sys.argv is empty in spawned and served children."""
    prepare_without(sys_argv=[])


@counterfeit("INHERIT13", where=FORK)
def every_process_has_a_key_of_its_own():
    """The authentication key is not passed on."""
    from multiprocessing import process

    def make_key():
        process.current_process().authkey = os.urandom(32)

    in_the_child(make_key)


@counterfeit("INHERIT14", where=FORK)
def a_child_has_a_process_group_of_its_own():
    """Each child leads a process group."""
    in_the_child(lambda: os.setpgid(0, 0))


@counterfeit("INHERIT15", where=FORK)
def a_child_has_a_thread_more():
    """Each child has a thread beside its main thread."""
    import threading

    def start():
        threading.Thread(target=threading.Event().wait, daemon=True).start()

    in_the_child(start)


@counterfeit("INHERIT07", "INHERIT08", where=FORK and not FORKS_BY_DEFAULT)
def high_descriptors_are_open_in_a_served_child():
    """A fork server's child has the high descriptors of its parent."""

    def put(parent):
        for number in range(HIGH, HIGH + 10):
            try:
                os.dup2(os.open(f"/proc/{parent}/fd/{number}", os.O_WRONLY), number)
            except OSError:
                continue

    _one_thing_the_other_way(None, os.getpid, put)


@counterfeit("INHERIT45", where=FORK)
def the_niceness_is_not_inherited():
    """os.nice() tells a forked child what it was when the program was started."""

    def put(niceness):
        os.nice = lambda increment: niceness

    _one_thing_the_other_way(os.nice(0), lambda: os.nice(0), put)


@counterfeit("INHERIT46", where=FORK and FORKS_BY_DEFAULT)
def a_forked_child_prints_where_the_first_did():
    """A forked child has the standard output that the first child had."""
    first = []

    def change(start):
        def start_and_keep(self):
            first or first.append(os.dup(1))
            start(self)

        return start_and_keep

    patch("multiprocessing.process.BaseProcess", start=change)
    in_the_child(lambda: os.dup2(first[0], 1))


@counterfeit("INHERIT46", where=FORK and not FORKS_BY_DEFAULT)
def a_child_that_prints_is_forked():
    """A child is forked if its target is called say()."""
    fork_where(lambda child: getattr(child._target, "__name__", "") == "say")


@counterfeit("INHERIT47", where=sys.platform == "linux")
def a_child_that_lists_itself_is_started_the_other_way():
    """A child that lists itself is forked if fork is not the default, else by a fork server."""
    start_the_other_way(lambda child: getattr(child._target, "__name__", "") == "list_itself")
