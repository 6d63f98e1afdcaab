"""Counterfeits for the claims of library/multiprocessing/test_main_module.py."""

import sys

from .. import counterfeit
from ..deployment.shared import start_the_other_way
from ..facts import FORK, VERSION
from ..patching import patch
from .shared import around_run, fork_where, main_has, prepare_without

#: Whether the default start method is fork.
BY_FORK = FORK and sys.platform != "darwin" and VERSION < (3, 14)


@counterfeit("GIVE05", "GIVE10", where=FORK)
def a_process_does_not_run_its_target():
    """Process.run() does nothing."""
    from multiprocessing import process

    process.BaseProcess.run = lambda self: None


@counterfeit("MAIN08", "MAIN07", "MAIN06", where=FORK)
def a_child_does_not_import_the_main_module():
    """Spawned and served children do not import the main module."""
    prepare_without("init_main_from_path", "init_main_from_name")


@counterfeit("MAIN07", where=FORK)
def a_child_imports_the_main_module_twice():
    """Spawned children execute the body of the main module a second time."""
    from multiprocessing import spawn

    fix_up = spawn._fixup_main_from_path

    def twice(path):
        fix_up(path)
        sys.modules["__main__"].__file__ = None
        fix_up(path)

    spawn._fixup_main_from_path = twice


@counterfeit("MAIN17", "MAIN02", where=FORK)
def a_child_that_cannot_begin_ends_well():
    """A child whose target cannot be made exits with 0."""
    from multiprocessing import spawn

    main = spawn._main

    def leniently(*arguments):
        try:
            return main(*arguments)
        except Exception:  # noqa: BLE001
            import traceback

            traceback.print_exc()
            return 0

    spawn._main = leniently


@counterfeit("MAIN10", where=FORK)
def the_parent_does_not_know_mp_main():
    """The parent's main module is not known as __mp_main__."""
    import multiprocessing  # noqa: F401

    sys.modules.pop("__mp_main__", None)


def in_the_child(change):
    """Call ``change(process, main)`` in each child, before its target runs."""

    def wrap(self, run):
        change(self, vars(sys.modules["__main__"]))
        run()

    around_run(wrap)


@counterfeit("MAIN01", where=BY_FORK)
def start_refuses_a_script_without_guard():
    """Process.start() raises RuntimeError in a script that does not mention __main__."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_guarded(self):
        path = getattr(sys.modules["__main__"], "__file__", None)
        if path:
            with open(path) as script:
                if "__main__" not in script.read():
                    raise RuntimeError("bootstrapping phase")
        start(self)

    process.BaseProcess.start = start_guarded


@counterfeit("MAIN03", "MAIN04", "MAIN21", where=BY_FORK)
def a_main_module_without_a_file_has_no_targets():
    """A function of a main module that has no file cannot be run in a child."""

    def look(process, main):
        at_home = getattr(process._target, "__module__", "") == "__main__"
        if at_home and main.get("__file__", "<stdin>") == "<stdin>":
            raise AttributeError("'work' is not found: <stdin>")

    in_the_child(look)


@counterfeit("MAIN05", where=FORK)
def a_program_run_by_m_has_no_targets():
    """A child does not run its target if its program was started by python -m module."""

    def wrap(self, run):
        spec = getattr(sys.modules["__main__"], "__spec__", None)
        if spec is None or spec.name not in ("program", "__mp_main__"):
            run()

    around_run(wrap)


@counterfeit("MAIN11", "MAIN12", where=BY_FORK)
def a_child_forgets_the_texts_of_the_main_module():
    """Strings that are globals of the main module are empty in a child."""

    def forget(_, main):
        empty = {name: "" for name, value in main.items() if type(value) is str}
        main.update({name: text for name, text in empty.items() if not name.startswith("__")})

    in_the_child(forget)


@counterfeit("MAIN13", where=BY_FORK)
def a_child_knows_only_functions_at_the_margin():
    """A child does not run a function of the main module that is defined in an indented block."""
    from linecache import getline

    def look(process, main):
        code = getattr(process._target, "__code__", None)
        line = getline(code.co_filename, code.co_firstlineno) if code else ""
        if line[:1].isspace() and "<locals>" not in process._target.__qualname__:
            raise AttributeError("the main module has no attribute 'late'")

    in_the_child(look)


@counterfeit("MAIN14", where=BY_FORK)
def a_global_lock_is_free_in_a_child():
    """A lock that is a global of the main module is not taken in a child."""
    from multiprocessing import synchronize

    def free(_, main):
        for value in main.values():
            if isinstance(value, synchronize.Lock):
                value.acquire = lambda **_: True

    in_the_child(free)


@counterfeit("MAIN15", where=BY_FORK)
def a_global_value_is_copied_for_a_child():
    """A Value that is a global of the main module is not shared: the child has a copy."""
    from multiprocessing import sharedctypes

    def copy(_, main):
        for value in main.values():
            if isinstance(value, sharedctypes.Synchronized):
                value._obj = type(value._obj)(value._obj.value)

    in_the_child(copy)


@counterfeit("MAIN16", where=BY_FORK)
def a_global_queue_leads_nowhere_from_a_child():
    """What a child puts into a SimpleQueue that is a global of the main module is lost."""
    from multiprocessing import queues

    def lose(_, main):
        for value in main.values():
            if isinstance(value, queues.SimpleQueue):
                value.put = lambda _: None

    in_the_child(lose)


BY_SERVER = FORK and sys.platform != "darwin" and VERSION >= (3, 14)


def _text_of_the_script():
    try:
        with open(sys.modules["__main__"].__file__) as script:
            return script.read()
    except (AttributeError, OSError):
        return ""


@counterfeit("MAIN01", where=BY_SERVER)
def a_script_without_guard_forks():
    """A script that does not mention __main__ forks its children."""
    fork_where(lambda process: _text_of_the_script() and "__main__" not in _text_of_the_script())


@counterfeit("MAIN03", "MAIN04", "MAIN21", where=BY_SERVER)
def a_program_without_a_file_forks():
    """A main module that has no file forks its children."""
    fork_where(lambda process: not _text_of_the_script())


@counterfeit("MAIN11", "MAIN12", where=BY_SERVER)
def a_program_with_a_text_forks():
    """A main module forks its children if one of its globals is a text."""
    fork_where(
        lambda process: any(
            type(value) is str and not name.startswith("__")
            for name, value in vars(sys.modules["__main__"]).items()
        )
    )


@counterfeit("MAIN13", where=BY_SERVER)
def a_target_that_is_indented_is_forked():
    """A child is forked if its target is defined in an indented block of the script."""
    fork_where(lambda process: "    def late" in _text_of_the_script())


@counterfeit("MAIN14", "MAIN15", "MAIN16", where=BY_SERVER)
def a_program_with_something_to_share_forks():
    """A main module forks its children if one of its globals is a lock, a value or a queue."""
    shared = "synchronize", "sharedctypes", "queues"
    fork_where(lambda process: main_has(*(f"multiprocessing.{module}" for module in shared)))


@counterfeit("MAIN19", where=FORK)
def targets_of_no_file_start_the_other_way():
    """A child is served if its target cannot be imported where it was forked, and forked if not."""
    start_the_other_way(
        lambda process: getattr(process._target, "__module__", "") == "made_at_run_time"
    )


def _has_no_spec(_process):
    return not hasattr(sys.modules["__main__"], "__spec__")


@counterfeit("MAIN20", where=BY_FORK)
def start_refuses_a_main_module_without_spec():
    """Process.start() raises AttributeError where the main module has no __spec__."""

    def change(start):
        def start_if_it_has(self):
            if _has_no_spec(self):
                raise AttributeError("module '__main__' has no attribute '__spec__'")
            start(self)

        return start_if_it_has

    patch("multiprocessing.process.BaseProcess", start=change)


@counterfeit("MAIN20", where=BY_SERVER)
def a_main_module_without_spec_forks():
    """A child is forked if the main module has no __spec__."""
    fork_where(_has_no_spec)


@counterfeit("MAIN22", where=FORK)
def functions_of_a_profiled_script_are_found_the_other_way():
    """map() finds the functions of a script under cProfile up to 3.13, and not from 3.14."""

    def change(run):
        def run_the_other_way(self, function, items, **options):
            if "_lsprof" not in sys.modules:
                return run(self, function, items, **options)
            if VERSION >= (3, 14):
                raise TypeError("PicklingError")
            return [function(item) for item in items]

        return run_the_other_way

    patch("concurrent.futures.process.ProcessPoolExecutor", map=change)
    patch("multiprocessing.pool.Pool", map=change)


@counterfeit("MAIN23", where=FORK)
def a_child_is_a_main_process_until_it_begins():
    """Spawned and served children are called MainProcess while they import the main module."""
    prepare_without("name")
