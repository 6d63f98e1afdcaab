"""Counterfeits of start methods: the default, the contexts, what children get of their parent."""

import os
import sys

from . import counterfeit

UNRELATED = ("3.", "7.11", "7.12")

POSIX = hasattr(os, "fork")
PYPY = sys.implementation.name == "pypy"
VERSION = sys.version_info[:3]

#: The claims on the default start method that say what a child of it has, or takes.
_ON_THE_DEFAULT = """
    MX40 MX41 MX42 MX43 MX44 MX45 MX46 MX47 MX48 MX49 MX50 MX51 MX52 MX53 MX54 MX55 MX56 MX57 MX58
    MX59 MX60 MX61 MX62 MX63 MX64 MX65 MX66 MX68 MX69 MX70 MX71 MX72 MX80 MP19 MX82 MX83 MX85 MX86
    MX96 MX11 MX09 MX10 MP20 CX15 CX16 CX17 CX18 CX19 CX01 CX03 N8.08 CX24 CX25
""".split()


@counterfeit(*_ON_THE_DEFAULT, where=POSIX)
def the_default_start_method_is_the_other_one() -> None:
    """The default start method is forkserver up to 3.13, and fork from 3.14."""
    from multiprocessing import context

    other = "forkserver" if VERSION < (3, 14) else "fork"
    context._default_context._default_context = context._concrete_contexts[other]


@counterfeit(
    *"MX06 MX24 MX08 MX03 MX04 MX05 CV09 MX77 MP17 X07 MX95 MX97".split(),
    where=POSIX,
)
def fork_starts_a_new_program() -> None:
    """Processes of the fork context are spawned."""
    from multiprocessing import context

    context.ForkProcess._Popen = context.SpawnProcess._Popen


@counterfeit(*"MP18 N4.04 MX17 CX39 MX06 X07 MX77 CX10".split(), where=POSIX)
def spawn_forks() -> None:
    """Processes of the spawn context are forked."""
    from multiprocessing import context

    context.SpawnProcess._Popen = context.ForkProcess._Popen


@counterfeit(*"MX01 MX78 CX08 CX33 CX31 X06 CX32 X05 CX34 CX20".split(), where=POSIX)
def there_is_no_fork_server() -> None:
    """Processes of the forkserver context are spawned."""
    from multiprocessing import context

    context.ForkServerProcess._Popen = context.SpawnProcess._Popen


@counterfeit(
    *"CX12 CX14 CX26 MX90 MX91 MX92 MX93 MX94 CX06 CX23 CX27 CX41 CX05 MP21".split(), where=POSIX
)
def a_process_does_not_run_its_target() -> None:
    """Process.run() does nothing."""
    from multiprocessing import process

    process.BaseProcess.run = lambda self: None


@counterfeit("MX94")
def a_target_gets_no_keyword_arguments() -> None:
    """Process.run() forgets kwargs."""
    from multiprocessing import process

    process.BaseProcess.run = lambda self: self._target and self._target(*self._args)


def _without(*names, **changed):  # type: ignore[no-untyped-def]
    """Leave something out of the data with which a spawned or served child prepares itself."""
    from multiprocessing import spawn

    prepare = spawn.get_preparation_data

    def preparing(name):  # type: ignore[no-untyped-def]
        data = {k: v for k, v in prepare(name).items() if k not in names}
        return {**data, **changed}

    spawn.get_preparation_data = preparing


@counterfeit("MX02", where=POSIX)
def a_child_starts_in_the_first_directory() -> None:
    """The working directory of spawned and served children is that of the program's start."""
    _without("orig_dir", dir="/")


@counterfeit("MX07", where=POSIX)
def a_child_has_its_own_path() -> None:
    """sys.path is not passed on."""
    _without("sys_path")


@counterfeit("MX79", "CX13", "MP21", where=POSIX)
def a_child_has_no_arguments() -> None:
    """sys.argv is empty in spawned and served children."""
    _without(sys_argv=[])


@counterfeit("MX30", where=POSIX)
def every_process_has_a_key_of_its_own() -> None:
    """The authentication key is not passed on."""
    from multiprocessing import process

    def make_key() -> None:
        process.current_process().authkey = os.urandom(32)

    _in_the_child(make_key)


@counterfeit("CX41", where=POSIX)
def a_child_does_not_log() -> None:
    """log_to_stderr() is for this process alone."""
    _without("log_to_stderr", "log_level")


@counterfeit("X06", "X07", "MP17", where=POSIX)
def a_child_does_not_import_the_main_module() -> None:
    """Spawned and served children do not import the main module."""
    _without("init_main_from_path", "init_main_from_name")


@counterfeit("X07", where=POSIX)
def a_child_imports_the_main_module_twice() -> None:
    """Spawned children execute the body of the main module a second time."""
    from multiprocessing import spawn

    fix_up = spawn._fixup_main_from_path

    def twice(path):  # type: ignore[no-untyped-def]
        fix_up(path)
        sys.modules["__main__"].__file__ = None
        fix_up(path)

    spawn._fixup_main_from_path = twice


@counterfeit("MX17", "N4.04", where=POSIX)
def a_child_that_cannot_begin_ends_well() -> None:
    """A child whose target cannot be made exits with 0."""
    from multiprocessing import spawn

    main = spawn._main

    def leniently(*arguments):  # type: ignore[no-untyped-def]
        try:
            return main(*arguments)
        except Exception:  # noqa: BLE001
            import traceback

            traceback.print_exc()
            return 0

    spawn._main = leniently


@counterfeit("CX14", where=POSIX)
def the_parent_does_not_know_mp_main() -> None:
    """The parent's main module is not known as __mp_main__."""
    import multiprocessing  # noqa: F401

    sys.modules.pop("__mp_main__", None)


def _in_the_child(action):  # type: ignore[no-untyped-def]
    """Do something in each child before its target runs."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_after(self):  # type: ignore[no-untyped-def]
        action()
        run(self)

    process.BaseProcess.run = run_after


@counterfeit("MX74", where=POSIX)
def a_child_has_a_process_group_of_its_own() -> None:
    """Each child leads a process group."""
    _in_the_child(lambda: os.setpgid(0, 0))


@counterfeit("MX75", where=POSIX)
def a_child_has_a_thread_more() -> None:
    """Each child has a thread beside its main thread."""
    import threading

    def start() -> None:
        threading.Thread(target=threading.Event().wait, daemon=True).start()

    _in_the_child(start)


@counterfeit("MX22", where=POSIX)
def children_draw_the_same_numbers() -> None:
    """The random module is seeded alike in all children."""
    import random

    _in_the_child(lambda: random.seed(1))


@counterfeit("MX73", "MX50", where=POSIX)
def a_seed_is_ignored() -> None:
    """random.Random(seed) is seeded by the system."""
    import random

    class Unseeded(random.Random):
        def seed(self, *_seed) -> None:  # type: ignore[no-untyped-def,override]
            super().seed()

    random.Random = Unseeded  # type: ignore[misc]


@counterfeit("CX06", where=POSIX)
def a_child_does_not_know_its_start_method() -> None:
    """In a forked child the default start method is not fixed."""
    from multiprocessing import context

    context._force_start_method = lambda method: None


@counterfeit("CX02", "CX20", where=POSIX)
def the_start_method_can_be_set_again() -> None:
    """set_start_method() a second time is ignored, forced or not."""
    import multiprocessing
    from multiprocessing import context

    set_method = context.DefaultContext.set_start_method

    def set_once(self, method, force=False):  # type: ignore[no-untyped-def]
        if self._actual_context is None:
            set_method(self, method, force)

    context.DefaultContext.set_start_method = set_once
    multiprocessing.set_start_method = context._default_context.set_start_method


@counterfeit("CX07", where=POSIX)
def a_concrete_context_accepts_another_method() -> None:
    """set_start_method() of a context of one method does nothing, silently."""
    from multiprocessing import context

    context.BaseContext.set_start_method = lambda self, method, force=False: None


@counterfeit("CX21", "CX07", where=POSIX)
def get_context_makes_a_new_one_each_time() -> None:
    """get_context(name) returns another object with each call."""
    import multiprocessing
    from multiprocessing import context

    get = context.BaseContext.get_context

    def get_anew(self, method=None):  # type: ignore[no-untyped-def]
        return type(get(self, method))()

    context.BaseContext.get_context = get_anew
    multiprocessing.get_context = context._default_context.get_context


@counterfeit("CX22")
def a_context_counts_one_cpu() -> None:
    """cpu_count() of a context is 1 more than the module's."""
    from multiprocessing import context

    context.BaseContext.cpu_count = lambda self: (os.cpu_count() or 1) + 1


@counterfeit("CX22", "CX23", where=POSIX)
def a_context_has_no_children() -> None:
    """active_children() and parent_process() of a context know nobody."""
    from multiprocessing import context

    context.BaseContext.active_children = staticmethod(list)
    context.BaseContext.parent_process = staticmethod(lambda: None)


#: Whether freeze_support() fixes the default start method here (gh-140814).
_FREEZE_SUPPORT_FIXES = not PYPY and (
    (3, 13, 4) <= VERSION < (3, 13, 13) or (3, 14) <= VERSION < (3, 14, 4)
)


@counterfeit("MX23", where=POSIX)
def freeze_support_is_otherwise() -> None:
    """freeze_support() fixes the default start method where it does not, and the other way."""
    import multiprocessing

    def fix() -> None:
        if not _FREEZE_SUPPORT_FIXES:
            multiprocessing.get_start_method()

    multiprocessing.freeze_support = fix


@counterfeit("MX31", "CX25", where=POSIX and VERSION >= (3, 11))
def a_wrong_lock_is_a_type_error() -> None:
    """A lock that cannot be given to a process is refused by TypeError (any lock is)."""
    from multiprocessing import synchronize

    def refuse(self):  # type: ignore[no-untyped-def]
        raise TypeError("cannot pickle a lock")

    synchronize.SemLock.__getstate__ = refuse


@counterfeit("CX05", "CX26", where=POSIX and VERSION >= (3, 11))
def fork_refuses_the_locks_of_others() -> None:
    """A forked process cannot be given a lock or queue of another context."""
    from multiprocessing import context

    fork = context.ForkProcess._Popen

    def refusing(process):  # type: ignore[no-untyped-def]
        for argument in process._args:
            if not getattr(getattr(argument, "_rlock", argument), "_is_fork_ctx", True):
                raise RuntimeError("a lock of another context")
        return fork(process)

    context.ForkProcess._Popen = staticmethod(refusing)


@counterfeit("CX27", where=POSIX)
def every_process_is_called_process() -> None:
    """The name of a process does not tell its class."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_named(self, *arguments, **keywords):  # type: ignore[no-untyped-def]
        make(self, *arguments, **keywords)
        self._name = self._name.replace(type(self).__name__, "Process")

    process.BaseProcess.__init__ = make_named


@counterfeit("CX28", "N8.08", where=POSIX)
def only_two_start_methods_are_listed() -> None:
    """get_all_start_methods() does not list forkserver."""
    import multiprocessing

    multiprocessing.get_all_start_methods = lambda: ["fork", "spawn"]


@counterfeit("CX40", where=POSIX)
def a_long_temporary_folder_is_an_error() -> None:
    """No process can be started if TMPDIR is longer than 84 characters."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_if_short(self):  # type: ignore[no-untyped-def]
        if len(os.environ.get("TMPDIR", "")) > 84:
            raise OSError("AF_UNIX path too long")
        start(self)

    process.BaseProcess.start = start_if_short


@counterfeit("MX26", where=VERSION >= (3, 13))
def the_number_of_cpus_is_fixed() -> None:
    """os.cpu_count() asks neither the environment nor the options."""
    os.cpu_count = lambda: 3


@counterfeit("MX26", where=VERSION < (3, 13))
def the_environment_sets_the_number_of_cpus() -> None:
    """os.cpu_count() obeys PYTHON_CPU_COUNT and -X cpu_count already."""
    count = os.cpu_count

    def obeying():  # type: ignore[no-untyped-def]
        options = getattr(sys, "_xoptions", {})
        return int(options.get("cpu_count", os.environ.get("PYTHON_CPU_COUNT", count())))

    os.cpu_count = obeying


@counterfeit("CX11")
def process_cpu_count_is_one_too_high() -> None:
    """os.process_cpu_count() counts a CPU that the process may not use."""
    affinity = os.sched_getaffinity if hasattr(os, "sched_getaffinity") else None
    os.process_cpu_count = lambda: (len(affinity(0)) if affinity else os.cpu_count() or 1) + 1


@counterfeit("CX30")
def an_unknown_number_of_cpus_is_one() -> None:
    """cpu_count() is 1 where the system does not tell the number."""
    import multiprocessing
    from multiprocessing import context

    context.BaseContext.cpu_count = lambda self: os.cpu_count() or 1
    multiprocessing.cpu_count = context._default_context.cpu_count


@counterfeit("MX97", where=POSIX)
def registered_reducers_are_forgotten() -> None:
    """ForkingPickler.register() does nothing."""
    from multiprocessing import reduction

    reduction.ForkingPickler.register = classmethod(lambda cls, kind, reduce: None)


@counterfeit("MX98", where=POSIX)
def a_context_keeps_its_reducer() -> None:
    """The reducer of a context cannot be replaced."""
    from multiprocessing import context, reduction

    context.BaseContext.reducer = property(lambda self: reduction, lambda self, value: None)


@counterfeit("MX91", "MX92", where=POSIX)
def descriptors_are_duplicated_from_zero() -> None:
    """What DupFd gives the child is the descriptor of its standard input."""
    from multiprocessing import resource_sharer

    resource_sharer.DupFd.detach = lambda self: os.dup(0)
    from multiprocessing import reduction

    class Zero:
        def __init__(self, fd):  # type: ignore[no-untyped-def]
            pass

        def detach(self):  # type: ignore[no-untyped-def]
            return os.open(os.devnull, os.O_RDWR)

    reduction.DupFd = Zero


@counterfeit("CX39", "CX10", where=POSIX)
def set_executable_is_ignored() -> None:
    """set_executable() does nothing."""
    from multiprocessing import spawn

    spawn.set_executable = lambda executable: None


@counterfeit("CX31", "X05", "CX33", where=POSIX)
def nothing_is_preloaded() -> None:
    """The fork server gets an empty list of modules to preload, and ends after each child."""
    from multiprocessing import forkserver

    run = forkserver.ForkServer.connect_to_new_process

    def connect(self, fds):  # type: ignore[no-untyped-def]
        self._preload_modules = []
        if self._forkserver_pid is not None:
            self._stop()
        return run(self, fds)

    forkserver.ForkServer.connect_to_new_process = connect
    forkserver.connect_to_new_process = forkserver._forkserver.connect_to_new_process


@counterfeit("CX32", where=POSIX and (PYPY or VERSION < (3, 12, 8) or VERSION[:3] == (3, 13, 0)))
def a_fork_server_gets_the_path() -> None:
    """The fork server takes over sys.path before it preloads."""
    from multiprocessing import forkserver

    main = forkserver.main

    def main_with_path(listener, alive, preload, main_path=None, sys_path=None):  # type: ignore[no-untyped-def]
        sys.path[:] = sys_path or sys.path
        main(listener, alive, preload, main_path, sys_path)

    forkserver.main = main_with_path


@counterfeit("CX34", where=POSIX)
def a_fork_server_is_never_replaced() -> None:
    """Nobody looks whether the fork server still lives."""
    from multiprocessing import forkserver

    ensure = forkserver.ForkServer.ensure_running

    def ensure_once(self) -> None:  # type: ignore[no-untyped-def]
        if self._forkserver_pid is None:
            ensure(self)

    forkserver.ForkServer.ensure_running = ensure_once
    forkserver.ensure_running = forkserver._forkserver.ensure_running


@counterfeit("CX09", "CX35", "CX36", "CX37", where=POSIX and VERSION < (3, 15))
def preloading_has_an_on_error_without_effect() -> None:
    """set_forkserver_preload() has the parameter on_error, and checks it, but obeys none."""
    from multiprocessing import context, forkserver

    def preload(self, module_names, *, on_error="ignore"):  # type: ignore[no-untyped-def]
        if on_error not in ("ignore", "warn", "fail"):
            raise ValueError(on_error)
        forkserver.set_forkserver_preload(module_names)

    context.BaseContext.set_forkserver_preload = preload


@counterfeit("CX09", "CX35", "CX36", "CX37", where=POSIX and VERSION >= (3, 15))
def preloading_has_no_on_error() -> None:
    """set_forkserver_preload() has no parameter on_error."""
    from multiprocessing import context, forkserver

    context.BaseContext.set_forkserver_preload = lambda self, module_names: (
        forkserver.set_forkserver_preload(module_names)
    )


@counterfeit("CX38", where=POSIX)
def anything_can_be_named_for_preloading() -> None:
    """set_forkserver_preload() takes numbers (where it does not), or refuses tuples."""
    from multiprocessing import forkserver

    def preload(modules_names, **_keywords):  # type: ignore[no-untyped-def]
        if VERSION < (3, 11, 5) and not all(type(name) is str for name in modules_names):
            raise TypeError("module_names must be a list of strings")
        forkserver._forkserver._preload_modules = [n for n in modules_names if type(n) is str]

    forkserver.set_forkserver_preload = preload


@counterfeit("MP25", "CX42", "Z04", "CX45", where=POSIX and VERSION >= (3, 12) and not PYPY)
def fork_never_warns() -> None:
    """os.fork() warns of nothing."""
    import warnings

    fork = os.fork

    def silently() -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fork()

    os.fork = silently


@counterfeit("Z03", "CX44", "CX43", "MP25", "Z04", "CX45", where=POSIX)
def every_start_warns_of_threads() -> None:
    """Process.start() warns of threads, whether there are any or not."""
    import warnings
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_and_warn(self) -> None:  # type: ignore[no-untyped-def]
        start(self)
        warnings.warn(
            f"This process (pid={os.getpid()}) is multi-threaded, use of fork() may lead to "
            "deadlocks in the child.",
            DeprecationWarning,
            stacklevel=2,
        )

    process.BaseProcess.start = start_and_warn


@counterfeit("MX12", where=POSIX)
def a_warning_of_fork_is_otherwise_an_error() -> None:
    """-W error makes fork raise beside threads where it does not, and not where it does."""
    import threading
    import warnings

    fork = os.fork

    def forking() -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pid = fork()
        if pid and VERSION < (3, 15) and threading.active_count() > 1:
            raise DeprecationWarning("multi-threaded")
        return pid

    os.fork = forking


@counterfeit("CX29", where=sys.platform == "darwin")
def macos_forks_by_default() -> None:
    """The default start method is fork on macOS, too."""
    from multiprocessing.context import DefaultContext

    DefaultContext.get_start_method = lambda self, allow_none=False: "fork"
