"""Counterfeits for the claims of library/deployment/test_packages.py."""

import sys

from .. import counterfeit
from ..facts import FORK
from ..multiprocessing.shared import around_run
from .shared import start_the_other_way


def _main_is_a_packages():
    path = getattr(sys.modules["__main__"], "__file__", None) or ""
    return path.endswith("__main__.py")


@counterfeit("DEPLOY24", where=FORK)
def a_package_starts_the_other_way():
    """The default method is another one for functions of a __main__.py."""
    start_the_other_way(
        lambda process: _main_is_a_packages() and process._target.__module__ == "__main__"
    )


@counterfeit("DEPLOY25", where=FORK)
def a_child_runs_functions_of_the_main_module_alone():
    """A child of a program with a __main__.py runs no function of another module."""

    def wrap(self, run):
        if not self._target.__module__.endswith("working"):
            run()

    around_run(wrap)
