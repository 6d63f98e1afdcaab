"""Counterfeits for the claims of library/multiprocessing/test_main_module.py."""

import sys

from .. import counterfeit
from ..facts import FORK
from .shared import prepare_without


@counterfeit(
    *"CX12 CX14 CX26 MX90 MX91 MX92 MX93 MX94 CX06 CX23 CX27 CX41 CX05 MP21".split(), where=FORK
)
def a_process_does_not_run_its_target():
    """Process.run() does nothing."""
    from multiprocessing import process

    process.BaseProcess.run = lambda self: None


@counterfeit("X06", "X07", "MP17", where=FORK)
def a_child_does_not_import_the_main_module():
    """Spawned and served children do not import the main module."""
    prepare_without("init_main_from_path", "init_main_from_name")


@counterfeit("X07", where=FORK)
def a_child_imports_the_main_module_twice():
    """Spawned children execute the body of the main module a second time."""
    from multiprocessing import spawn

    fix_up = spawn._fixup_main_from_path

    def twice(path):
        fix_up(path)
        sys.modules["__main__"].__file__ = None
        fix_up(path)

    spawn._fixup_main_from_path = twice


@counterfeit("MX17", "N4.04", where=FORK)
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


@counterfeit("CX14", where=FORK)
def the_parent_does_not_know_mp_main():
    """The parent's main module is not known as __mp_main__."""
    import multiprocessing  # noqa: F401

    sys.modules.pop("__mp_main__", None)
