"""Counterfeits of the Process object: its parameters, methods and properties, and of functions."""

import sys

from . import counterfeit

UNRELATED = ("3.", "7.11", "7.12", "8.0", "DU")

KWARGS_DEFAULT_TO_NONE = sys.version_info >= (3, 13, 8)
HAS_INTERRUPT = sys.version_info >= (3, 14)
FREEZE_SUPPORT_CHOOSES = (3, 13, 4) <= sys.version_info < (3, 13, 13)


@counterfeit("MP05")
def a_second_start_is_ignored() -> None:
    """start() of a process that was started does nothing."""
    from multiprocessing import process

    start = process.BaseProcess.start
    process.BaseProcess.start = lambda self: None if self._popen else start(self)


@counterfeit("MP05")
def a_process_that_was_not_started_is_joined() -> None:
    """join() before start() returns at once."""
    from multiprocessing import process

    join = process.BaseProcess.join
    process.BaseProcess.join = lambda self, timeout=None: self._popen and join(self, timeout)


@counterfeit("MP06")
def close_waits_for_the_end() -> None:
    """close() of a running process returns without a word."""
    from multiprocessing import process

    close = process.BaseProcess.close

    def close_if_ended(self):  # type: ignore[no-untyped-def]
        if self._popen is None or self._popen.poll() is not None:
            close(self)

    process.BaseProcess.close = close_if_ended


@counterfeit("MP06", "MP40")
def a_closed_process_answers() -> None:
    """After close() a process answers as if it had never been started."""
    from multiprocessing import process

    process.BaseProcess._check_closed = lambda self: None


@counterfeit("MP10")
def a_sentinel_is_there_before_start() -> None:
    """sentinel is -1 before start()."""
    from multiprocessing import process

    process.BaseProcess.sentinel = property(lambda self: getattr(self, "_sentinel", -1))


@counterfeit("MP11", "MP41", "X39")
def join_says_whether_the_process_has_ended() -> None:
    """join(timeout) returns True if the process has ended, and else False."""
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_and_tell(self, timeout=None):  # type: ignore[no-untyped-def]
        join(self, timeout)
        return self.exitcode is not None

    process.BaseProcess.join = join_and_tell


@counterfeit("MP41")
def join_without_a_timeout_gives_up() -> None:
    """join() returns after a hundredth of a second."""
    from multiprocessing import process

    join = process.BaseProcess.join
    process.BaseProcess.join = lambda self, timeout=None: join(
        self, 0.01 if timeout is None else timeout
    )


@counterfeit("MP11")
def active_children_lists_the_newest_alone() -> None:
    """active_children() returns one process at most."""
    import multiprocessing
    from multiprocessing import process

    ask = process.active_children
    multiprocessing.active_children = process.active_children = lambda: ask()[-1:]


@counterfeit("MP13")
def anybody_may_join_a_process() -> None:
    """join() and is_alive() of a process that another has started do not fail."""
    import os
    from multiprocessing import process

    join, alive = process.BaseProcess.join, process.BaseProcess.is_alive

    def join_own(self, timeout=None):  # type: ignore[no-untyped-def]
        if self._parent_pid == os.getpid():
            join(self, timeout)

    process.BaseProcess.join = join_own
    process.BaseProcess.is_alive = lambda self: self._parent_pid == os.getpid() and alive(self)


@counterfeit("MX25")
def arguments_are_copied_when_a_process_is_made() -> None:
    """A process gets its arguments as they were when it was made."""
    import copy
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_of_copies(self, *arguments, **keywords):  # type: ignore[no-untyped-def]
        make(self, *arguments, **keywords)
        self._args, self._kwargs = copy.deepcopy((self._args, self._kwargs))

    process.BaseProcess.__init__ = make_of_copies


@counterfeit("MX35")
def joining_a_process_cannot_be_interrupted() -> None:
    """join() ignores a KeyboardInterrupt and goes on waiting."""
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_on(self, timeout=None):  # type: ignore[no-untyped-def]
        try:
            join(self, timeout)
        except KeyboardInterrupt:
            join_on(self, timeout)

    process.BaseProcess.join = join_on


@counterfeit("MP24", "MP42", where=not KWARGS_DEFAULT_TO_NONE)
def kwargs_default_to_none() -> None:
    """The default of Process's kwargs is None, which means none."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def __init__(  # type: ignore[no-untyped-def]
        self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None
    ):
        make(self, group, target, name, args, kwargs or {}, daemon=daemon)

    process.BaseProcess.__init__ = __init__


@counterfeit("MP24", "MP42", where=KWARGS_DEFAULT_TO_NONE)
def kwargs_default_to_a_dict() -> None:
    """The default of Process's kwargs is a dict, and None is refused."""
    from multiprocessing import process

    make, nothing = process.BaseProcess.__init__, dict[str, object]()

    def __init__(  # type: ignore[no-untyped-def]
        self, group=None, target=None, name=None, args=(), kwargs=nothing, *, daemon=None
    ):
        make(self, group, target, name, args, dict(kwargs), daemon=daemon)

    process.BaseProcess.__init__ = __init__


@counterfeit("MP26")
def the_properties_take_anything() -> None:
    """Process.daemon may be set at any time, and name to anything."""
    from multiprocessing import process

    def set_daemon(self, value):  # type: ignore[no-untyped-def]
        self._config["daemon"] = value

    def set_name(self, value):  # type: ignore[no-untyped-def]
        self._name = value

    process.BaseProcess.daemon = process.BaseProcess.daemon.setter(set_daemon)
    process.BaseProcess.name = process.BaseProcess.name.setter(set_name)


@counterfeit("MP27")
def an_authkey_can_be_pickled() -> None:
    """pickle takes an authkey, and so a Process, as any other object."""
    from multiprocessing import process

    process.AuthenticationString.__reduce__ = lambda self: (bytes, (bytes(self),))


@counterfeit("MP43")
def start_runs_in_the_parent_as_well() -> None:
    """start() calls run() in the parent too."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_and_run(self):  # type: ignore[no-untyped-def]
        start(self)
        self.run()

    process.BaseProcess.start = start_and_run


@counterfeit("MP44", "MX25")
def keyword_arguments_are_dropped() -> None:
    """The target of a process gets its positional arguments alone."""
    from multiprocessing import process

    def run(self):  # type: ignore[no-untyped-def]
        if self._target:
            self._target(*self._args)

    process.BaseProcess.run = run


@counterfeit("MP45")
def the_group_is_ignored() -> None:
    """Process(group) takes anything."""
    from multiprocessing import process

    make = process.BaseProcess.__init__
    process.BaseProcess.__init__ = lambda self, group=None, *arguments, **keywords: make(
        self, None, *arguments, **keywords
    )


@counterfeit("MP46")
def ident_is_not_the_pid() -> None:
    """Process.ident counts processes instead of being the pid."""
    from multiprocessing import process

    process.BaseProcess.ident = property(lambda self: self._popen and self._identity[-1])


@counterfeit("MP47")
def signals_have_no_names() -> None:
    """repr() shows the exit code of a signal as a number."""
    from multiprocessing import process

    process._exitcode_to_name.clear()


@counterfeit("MP48")
def a_process_lives_until_it_is_joined() -> None:
    """is_alive() is True until join() is called."""
    from multiprocessing import process

    process.BaseProcess.is_alive = lambda self: bool(self._popen and self._popen.returncode is None)


@counterfeit("MP49")
def a_child_has_a_key_of_its_own() -> None:
    """A child has an authkey that is not its parent's."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_with_a_key(self):  # type: ignore[no-untyped-def]
        self.authkey = b"another key"
        run(self)

    process.BaseProcess.run = run_with_a_key


@counterfeit("MP23", "X28", "MP05", "MP55")
def a_child_ends_badly() -> None:
    """A child exits with 1 after its target has returned."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_and_fail(self):  # type: ignore[no-untyped-def]
        run(self)
        raise SystemExit(1)

    process.BaseProcess.run = run_and_fail


@counterfeit("MP56", "MP57")
def every_machine_has_four_cores() -> None:
    """multiprocessing.cpu_count() is 4."""
    import multiprocessing

    multiprocessing.cpu_count = lambda: 4


@counterfeit("MP56", "MP58")
def cpu_count_is_that_of_the_affinity() -> None:
    """multiprocessing.cpu_count() counts the cores that the process may use."""
    import multiprocessing
    import os

    multiprocessing.cpu_count = lambda: len(os.sched_getaffinity(0))


@counterfeit("MP59")
def freeze_support_returns_a_truth() -> None:
    """freeze_support() returns False in an ordinary program."""
    import multiprocessing

    multiprocessing.freeze_support = lambda: False


@counterfeit("MP62")
def freeze_support_chooses_or_not() -> None:
    """freeze_support() chooses the start method where it does not, and the other way round."""
    import multiprocessing

    def freeze_support() -> None:
        if not FREEZE_SUPPORT_CHOOSES:
            multiprocessing.get_start_method()

    multiprocessing.freeze_support = freeze_support


@counterfeit("MP60", "MP61")
def the_timeout_error_is_the_builtin() -> None:
    """multiprocessing.TimeoutError is a TimeoutError too, as that of concurrent.futures."""
    import multiprocessing
    from multiprocessing import pool

    class Late(multiprocessing.ProcessError, TimeoutError):
        """Raised by get() of a pool's result."""

    multiprocessing.TimeoutError = pool.TimeoutError = Late


@counterfeit("N2.06", where=HAS_INTERRUPT)
def a_process_has_no_interrupt() -> None:
    """Process has no interrupt(), as before 3.14."""
    from multiprocessing import process

    del process.BaseProcess.interrupt


@counterfeit("N2.07")
def multiprocessing_has_a_timer() -> None:
    """multiprocessing.Timer exists."""
    import multiprocessing
    import threading

    multiprocessing.Timer = threading.Timer


@counterfeit("LG01")
def the_logger_of_multiprocessing_propagates() -> None:
    """What multiprocessing logs reaches the root logger's handlers."""
    from multiprocessing import util

    ask = util.get_logger

    def get_logger():  # type: ignore[no-untyped-def]
        logger = ask()
        logger.propagate = True
        return logger

    util.get_logger = get_logger


@counterfeit("LG02", "LG03", "LG05")
def log_lines_are_bare() -> None:
    """log_to_stderr() shows the message alone."""
    from multiprocessing import util

    util.DEFAULT_LOGGING_FORMAT = "%(message)s"


@counterfeit("LG03")
def children_do_not_log_to_stderr() -> None:
    """A child does not know that its parent has called log_to_stderr()."""
    from multiprocessing import process, util

    run = process.BaseProcess.run

    def run_in_silence(self):  # type: ignore[no-untyped-def]
        util.get_logger().handlers.clear()
        run(self)

    process.BaseProcess.run = run_in_silence


@counterfeit("LG04")
def children_have_the_other_handlers() -> None:
    """A child logs without the handlers that it has inherited, and without those of stderr."""
    from multiprocessing import process, util

    run = process.BaseProcess.run

    def run_with_fewer(self):  # type: ignore[no-untyped-def]
        del util.get_logger().handlers[-1:]
        run(self)

    process.BaseProcess.run = run_with_fewer


@counterfeit("LG05")
def subdebug_is_six() -> None:
    """multiprocessing.SUBDEBUG is 6."""
    import multiprocessing

    multiprocessing.SUBDEBUG = 6


@counterfeit("LG06")
def log_to_stderr_adds_one_handler() -> None:
    """A second call of log_to_stderr() adds no handler."""
    from multiprocessing import util

    call = util.log_to_stderr

    def log_to_stderr(level=None):  # type: ignore[no-untyped-def]
        logger = util.get_logger()
        if util._log_to_stderr and logger.handlers:
            return logger
        return call(level)

    util.log_to_stderr = log_to_stderr
