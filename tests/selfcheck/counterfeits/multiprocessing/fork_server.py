"""Counterfeits for the claims of library/multiprocessing/test_fork_server.py."""

import sys

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION


@counterfeit("SERVER11", "SERVER12", where=FORK)
def set_executable_is_ignored():
    """set_executable() does nothing."""
    from multiprocessing import spawn

    spawn.set_executable = lambda executable: None


@counterfeit("SERVER01", "SERVER04", "SERVER03", where=FORK)
def nothing_is_preloaded():
    """The fork server gets an empty list of modules to preload, and ends after each child."""
    from multiprocessing import forkserver

    run = forkserver.ForkServer.connect_to_new_process

    def connect(self, fds):
        self._preload_modules = []
        if self._forkserver_pid is not None:
            self._stop()
        return run(self, fds)

    forkserver.ForkServer.connect_to_new_process = connect
    forkserver.connect_to_new_process = forkserver._forkserver.connect_to_new_process


@counterfeit("SERVER02", where=FORK and (PYPY or VERSION < (3, 12, 8) or VERSION[:3] == (3, 13, 0)))
def a_fork_server_gets_the_path():
    """The fork server takes over sys.path before it preloads."""
    from multiprocessing import forkserver

    main = forkserver.main

    def main_with_path(listener, alive, preload, main_path=None, sys_path=None):
        sys.path[:] = sys_path or sys.path
        main(listener, alive, preload, main_path, sys_path)

    forkserver.main = main_with_path


@counterfeit("SERVER05", where=FORK)
def a_fork_server_is_never_replaced():
    """Nobody looks whether the fork server still lives."""
    from multiprocessing import forkserver

    ensure = forkserver.ForkServer.ensure_running

    def ensure_once(self):
        if self._forkserver_pid is None:
            ensure(self)

    forkserver.ForkServer.ensure_running = ensure_once
    forkserver.ensure_running = forkserver._forkserver.ensure_running


@counterfeit("SERVER06", "SERVER07", "SERVER08", "SERVER09", where=FORK and VERSION < (3, 15))
def preloading_has_an_on_error_already():
    """set_forkserver_preload() has the parameter on_error, which the parent obeys."""
    import multiprocessing
    from importlib import import_module
    from multiprocessing import context, forkserver

    def refuse(_):
        raise EOFError

    def preload(module_names, *, on_error="ignore"):
        if on_error not in ("ignore", "warn", "fail"):
            raise ValueError(on_error)
        forkserver.set_forkserver_preload(module_names)
        for name in module_names:
            try:
                import_module(name)
            except ImportError as error:
                if on_error != "ignore":
                    print(f"ImportWarning: ModuleNotFoundError: {error}", file=sys.stderr)
                if on_error == "fail":
                    context.ForkServerProcess._Popen = staticmethod(refuse)

    context.BaseContext.set_forkserver_preload = staticmethod(preload)
    multiprocessing.set_forkserver_preload = preload


@counterfeit("SERVER06", "SERVER07", "SERVER08", "SERVER09", where=FORK and VERSION >= (3, 15))
def preloading_has_no_on_error():
    """set_forkserver_preload() has no parameter on_error."""
    import multiprocessing
    from multiprocessing import context, forkserver

    def preload(module_names):
        forkserver.set_forkserver_preload(module_names)

    context.BaseContext.set_forkserver_preload = staticmethod(preload)
    multiprocessing.set_forkserver_preload = preload


@counterfeit("SERVER10", where=FORK)
def anything_can_be_named_for_preloading():
    """set_forkserver_preload() takes numbers (where it does not), or refuses tuples."""
    from multiprocessing import forkserver

    def preload(modules_names, **_keywords):
        if VERSION < (3, 11, 5) and not all(type(name) is str for name in modules_names):
            raise TypeError("module_names must be a list of strings")
        forkserver._forkserver._preload_modules = [n for n in modules_names if type(n) is str]

    forkserver.set_forkserver_preload = preload


def _give_the_server_no(key):
    """Leave one thing out of what the parent tells a fork server of itself."""
    from multiprocessing import spawn

    prepare = spawn.get_preparation_data

    def without(name):
        data = prepare(name)
        if name == "ignore":  # the fork server's
            del data[key]
        return data

    spawn.get_preparation_data = without


@counterfeit("SERVER02", where=FORK and not PYPY and VERSION >= (3, 13, 1))
def a_fork_server_is_given_no_path():
    """The fork server does not get the parent's sys.path."""
    _give_the_server_no("sys_path")


@counterfeit("SERVER13", where=FORK)
def the_fork_server_flushes_the_other_way():
    """The fork server writes what it has buffered where it did not, and not where it did."""
    from multiprocessing import process, util

    flush, close = util._flush_std_streams, util._close_stdin
    server = "forkserver" in " ".join(sys.orig_argv)

    def close_and_flush():
        flush()
        close()

    def flush_if_no_server():
        if not server or process.parent_process():
            flush()

    if PYPY or VERSION < (3, 13, 6):
        util._close_stdin = close_and_flush
    else:
        util._flush_std_streams = flush_if_no_server


@counterfeit("SERVER14", where=FORK and VERSION not in ((3, 13, 12), (3, 14, 3)))
def a_large_argv_breaks_the_pipe():
    """start() raises BrokenPipeError if sys.argv is longer than 128 KiB."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_if_small(self):
        if sum(map(len, sys.argv)) > 128 * 1024:
            raise BrokenPipeError(32, "Broken pipe")
        start(self)

    process.BaseProcess.start = start_if_small


@counterfeit("SERVER14", where=FORK and VERSION in ((3, 13, 12), (3, 14, 3)))
def a_fork_server_gets_no_argv():
    """The fork server is started without the parent's sys.argv."""
    _give_the_server_no("sys_argv")
