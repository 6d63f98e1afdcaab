"""Counterfeits for the claims of library/multiprocessing/test_process_life.py."""

from .. import counterfeit
from ..facts import FORK, FORKS_BY_DEFAULT, VERSION
from ..patching import patch
from .shared import fail_where


@counterfeit("PROC14", "EXIT11")
def every_sentinel_is_ready():
    """connection.wait() says at once that everything is ready."""
    from multiprocessing import connection

    connection.wait = lambda objects, timeout=None: list(objects)


@counterfeit("PROC15", *(["REAP01"] if VERSION < (3, 14) else []))
def nobody_looks_for_ended_children():
    """active_children() and start() neither reap nor forget children that have ended."""
    from multiprocessing import process

    process._cleanup = lambda: None


@counterfeit("PROC11")
def a_second_start_is_ignored():
    """start() of a process that was started does nothing."""
    from multiprocessing import process

    start = process.BaseProcess.start
    process.BaseProcess.start = lambda self: None if self._popen else start(self)


@counterfeit("PROC11")
def a_process_that_was_not_started_is_joined():
    """join() before start() returns at once."""
    from multiprocessing import process

    join = process.BaseProcess.join
    process.BaseProcess.join = lambda self, timeout=None: self._popen and join(self, timeout)


@counterfeit("PROC12")
def close_waits_for_the_end():
    """close() of a running process returns without a word."""
    from multiprocessing import process

    close = process.BaseProcess.close

    def close_if_ended(self):
        if self._popen is None or self._popen.poll() is not None:
            close(self)

    process.BaseProcess.close = close_if_ended


@counterfeit("PROC12", "PROC13")
def a_closed_process_answers():
    """After close() a process answers as if it had never been started."""
    from multiprocessing import process

    process.BaseProcess._check_closed = lambda self: None


@counterfeit("PROC14")
def a_sentinel_is_there_before_start():
    """sentinel is -1 before start()."""
    from multiprocessing import process

    process.BaseProcess.sentinel = property(lambda self: getattr(self, "_sentinel", -1))


@counterfeit("PROC15", "PROC16", "REAP09")
def join_says_whether_the_process_has_ended():
    """join(timeout) returns True if the process has ended, and else False."""
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_and_tell(self, timeout=None):
        join(self, timeout)
        return self.exitcode is not None

    process.BaseProcess.join = join_and_tell


@counterfeit("PROC16")
def join_without_a_timeout_gives_up():
    """join() returns after a hundredth of a second."""
    from multiprocessing import process

    join = process.BaseProcess.join
    process.BaseProcess.join = lambda self, timeout=None: join(
        self, 0.01 if timeout is None else timeout
    )


@counterfeit("PROC15")
def active_children_lists_the_newest_alone():
    """active_children() returns one process at most."""
    import multiprocessing
    from multiprocessing import process

    ask = process.active_children
    multiprocessing.active_children = process.active_children = lambda: ask()[-1:]


@counterfeit("PROC17")
def anybody_may_join_a_process():
    """join() and is_alive() of a process that another has started do not fail."""
    import os
    from multiprocessing import process

    join, alive = process.BaseProcess.join, process.BaseProcess.is_alive

    def join_own(self, timeout=None):
        if self._parent_pid == os.getpid():
            join(self, timeout)

    process.BaseProcess.join = join_own
    process.BaseProcess.is_alive = lambda self: self._parent_pid == os.getpid() and alive(self)


@counterfeit("PROC18")
def arguments_are_copied_when_a_process_is_made():
    """A process gets its arguments as they were when it was made."""
    import copy
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_of_copies(self, *arguments, **keywords):
        make(self, *arguments, **keywords)
        self._args, self._kwargs = copy.deepcopy((self._args, self._kwargs))

    process.BaseProcess.__init__ = make_of_copies


@counterfeit("PROC19")
def joining_a_process_cannot_be_interrupted():
    """join() ignores a KeyboardInterrupt and goes on waiting."""
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_on(self, timeout=None):
        try:
            join(self, timeout)
        except KeyboardInterrupt:
            join_on(self, timeout)

    process.BaseProcess.join = join_on


@counterfeit("PROC20", "PROC21", where=VERSION < (3, 13, 8))
def kwargs_default_to_none():
    """The default of Process's kwargs is None, which means none."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        make(self, group, target, name, args, kwargs or {}, daemon=daemon)

    process.BaseProcess.__init__ = __init__


@counterfeit("PROC20", "PROC21", where=VERSION >= (3, 13, 8))
def kwargs_default_to_a_dict():
    """The default of Process's kwargs is a dict, and None is refused."""
    from multiprocessing import process

    make, nothing = process.BaseProcess.__init__, dict[str, object]()

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=nothing, *, daemon=None):
        make(self, group, target, name, args, dict(kwargs), daemon=daemon)

    process.BaseProcess.__init__ = __init__


@counterfeit("PROC22")
def the_properties_take_anything():
    """Process.daemon may be set at any time, and name to anything."""
    from multiprocessing import process

    def set_daemon(self, value):
        self._config["daemon"] = value

    def set_name(self, value):
        self._name = value

    process.BaseProcess.daemon = process.BaseProcess.daemon.setter(set_daemon)
    process.BaseProcess.name = process.BaseProcess.name.setter(set_name)


@counterfeit("PROC23")
def an_authkey_can_be_pickled():
    """pickle takes an authkey, and so a Process, as any other object."""
    from multiprocessing import process

    process.AuthenticationString.__reduce__ = lambda self: (bytes, (bytes(self),))


@counterfeit("PROC24")
def start_runs_in_the_parent_as_well():
    """start() calls run() in the parent too."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_and_run(self):
        start(self)
        self.run()

    process.BaseProcess.start = start_and_run


@counterfeit("PROC25", "PROC18")
def keyword_arguments_are_dropped():
    """The target of a process gets its positional arguments alone."""
    from multiprocessing import process

    def run(self):
        if self._target:
            self._target(*self._args)

    process.BaseProcess.run = run


@counterfeit("PROC26")
def the_group_is_ignored():
    """Process(group) takes anything."""
    from multiprocessing import process

    make = process.BaseProcess.__init__
    process.BaseProcess.__init__ = lambda self, group=None, *arguments, **keywords: make(
        self, None, *arguments, **keywords
    )


@counterfeit("PROC27")
def ident_is_not_the_pid():
    """Process.ident counts processes instead of being the pid."""
    from multiprocessing import process

    process.BaseProcess.ident = property(lambda self: self._popen and self._identity[-1])


@counterfeit("PROC28")
def signals_have_no_names():
    """repr() shows the exit code of a signal as a number."""
    from multiprocessing import process

    process._exitcode_to_name.clear()


@counterfeit("PROC29")
def a_process_lives_until_it_is_joined():
    """is_alive() is True until join() is called."""
    from multiprocessing import process

    process.BaseProcess.is_alive = lambda self: bool(self._popen and self._popen.returncode is None)


@counterfeit("PROC30")
def a_child_has_a_key_of_its_own():
    """A child has an authkey that is not its parent's."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_with_a_key(self):
        self.authkey = b"another key"
        run(self)

    process.BaseProcess.run = run_with_a_key


@counterfeit("PROC32")
def a_class_knows_what_its_objects_lack():
    """A Process without its own attributes takes those of the class."""
    from multiprocessing import process

    process.BaseProcess._closed = False
    process.BaseProcess._popen = None
    process.BaseProcess._parent_pid = 0


@counterfeit("PROC31", where=FORKS_BY_DEFAULT)
def a_forked_child_finds_no_dropped_lock():
    """A forked child whose arguments are slow to arrive exits with 1."""
    fail_where(
        lambda process: any(type(one).__name__ == "Slow" for one in process._args),
        FileNotFoundError(2, "No such file or directory"),
    )


@counterfeit("PROC31", where=FORK and not FORKS_BY_DEFAULT)
def start_keeps_the_arguments():
    """start() does not drop the arguments of a process."""
    kept = []

    def change(start):
        def keep_and_start(self):
            kept.append((self._args, self._kwargs))
            start(self)

        return keep_and_start

    patch("multiprocessing.process.BaseProcess", start=change)
