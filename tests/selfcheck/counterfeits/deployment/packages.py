"""Counterfeits for the claims of library/deployment/test_packages.py."""

import sys

from .. import counterfeit
from ..facts import FORK, FORKS_BY_DEFAULT
from ..multiprocessing.shared import around_run, fork_where
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


@counterfeit("DEPLOY36", where=FORKS_BY_DEFAULT)
def a_forked_child_runs_the_script_as_it_is_now():
    """A forked child runs the target that its file defines by then."""
    import runpy

    def wrap(self, run):
        main = sys.modules["__main__"]
        if "program.py" in getattr(main, "__file__", "") and self._target.__name__ == "work":
            self._target = runpy.run_path(main.__file__)["work"]
        run()

    around_run(wrap)


@counterfeit("DEPLOY36", where=FORK and not FORKS_BY_DEFAULT)
def a_script_whose_file_changes_is_forked():
    """A child is forked if the main module has a file called script."""
    fork_where(lambda process: "script" in vars(sys.modules["__main__"]))
