"""pytest's face of the suite: what it needs to run, its options, and its plugins."""

import signal
import sys
import threading

if sys.version_info < (3, 10):  # noqa: UP036 - for those whom pip did not stop
    sys.exit(
        "error: this suite needs Python 3.10 or newer, and this is Python {}.{}: "
        "run it with a newer interpreter".format(*sys.version_info)
    )

import pytest

from tests.harness import selection

pytest_plugins = [
    "tests.harness.verdicts",
    "tests.harness.fixtures",
    "tests.harness.speedup",
    "tests.harness.costs",
    "tests.harness.benchmarks",
    "tests.harness.summary",
    "tests.harness.distribution",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that select claims, by id and by text."""
    group = parser.getgroup("claims")
    group.addoption(
        "--about",
        action="append",
        default=[],
        metavar="TEXT",
        help="run only claims that say this text, such as the message of an exception; "
        "may be repeated",
    )
    group.addoption(
        "--claim",
        action="append",
        default=[],
        metavar="ID",
        help="run only the claim with this id (7.03), or those whose ids begin so (7., TH); "
        "may be repeated",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse, before anything runs, ids that no spec carries and texts that none says."""
    selection.check_texts(config.getoption("about"))
    selection.check(config.getoption("claim"), config.getoption("markexpr"), config.args)
    # In the background of a script the shell has SIGINT ignored, and children inherit that.  Specs
    # are about Ctrl-C as it is in the foreground.
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Children started by spawn or forkserver run the main script again, as "__mp_main__".  Where
    # that is pytest's own script, it would import all of pytest into each of them.
    vars(sys.modules["__main__"]).pop("__file__", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the claims that were asked for."""
    kept, others = selection.split(items, config.getoption("claim"), config.getoption("about"))
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = kept
