"""pytest's face of the suite: what it needs to run, and its plugins."""

import sys

# Until 3.10.8 managers and listeners had abstract sockets on Linux, and pools started too many
# workers; nobody should run those any more, with their security holes.
if sys.version_info < (3, 10, 9):
    sys.exit(
        "error: this suite needs Python 3.10.9 or newer, and this is Python {}.{}.{}: "
        "run it with a newer interpreter".format(*sys.version_info)
    )

# Where assertions are stripped, every claim holds.
if not __debug__:
    sys.exit(
        "error: python -O and PYTHONOPTIMIZE strip assertions, which decide the claims: run without"
    )

# Some systems pack parts of multiprocessing apart, or build none; WebAssembly has none by design.
if sys.platform not in ("emscripten", "wasi"):
    try:
        import multiprocessing.shared_memory
        import multiprocessing.synchronize  # noqa: F401
    except ImportError as error:
        sys.exit(
            f"error: this Python lacks a part of multiprocessing, so install it whole: {error}"
        )

pytest_plugins = [
    "tests.plugins.process",
    "tests.plugins.verdicts",
    "tests.plugins.webassembly",
    "tests.plugins.selection",
    "tests.plugins.leaks",
    "tests.plugins.fixtures",
    "tests.plugins.pools",
    "tests.plugins.programs",
    "tests.plugins.places",
    "tests.plugins.questions",
    "tests.plugins.speedup",
    "tests.plugins.costs",
    "tests.plugins.compare",
    "tests.plugins.summary",
    "tests.plugins.saving",
    "tests.plugins.xdist",
]
