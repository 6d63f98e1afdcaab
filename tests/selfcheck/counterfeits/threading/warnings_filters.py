"""Counterfeits for the claims of library/threading/test_warnings_filters.py."""

import sys

from .. import counterfeit


@counterfeit("TH48", "TH49", "TH118")
def warnings_are_never_caught():
    """catch_warnings() catches nothing, in programs that run from a file."""
    import warnings

    if sys.orig_argv[-1].endswith("program.py"):

        class catch_warnings(warnings.catch_warnings):
            def __enter__(self):
                return []

            def __exit__(self, *exception):
                pass

        warnings.catch_warnings = catch_warnings
