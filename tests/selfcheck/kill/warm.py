"""A pytest that is imported once, and forked for each of the many short runs of the kill matrix.

    python -m tests.selfcheck.kill.warm

Reads a request per line, a JSON object with the arguments, the environment and a file for the
output, and answers each with the exit code.  A counterfeit is applied in the fork, by the same
sitecustomize that applies it at the start of an interpreter; nothing of the suite is imported here.
"""

import gc
import importlib
import importlib.metadata
import json
import os
import runpy
import signal
import sys
from functools import partial
from typing import Any

#: Modules that every run needs, and that no counterfeit touches: pytest, its plugins, and parsers.
PRELOADED = (
    "xml.etree.ElementTree",
    "_pytest.junitxml",
    "_pytest.skipping",
    "_pytest.terminal",
    "packaging.requirements",
    "pytest_benchmark.plugin",
    "pytest_timeout",
    "xdist.plugin",
    "xdist.scheduler",
)

#: Seconds after which a run is ended; each of its tests has a time-out of its own.
LONGEST_RUN = 600


def main() -> None:
    """Import pytest and its plugins, and serve requests until standard input ends."""
    preload()
    # Children of the runs, started by spawn or forkserver, would import this module.
    main_module = vars(sys.modules["__main__"])
    main_module["__spec__"] = None
    main_module.pop("__file__", None)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            sys.exit(run(request))
        signal.signal(signal.SIGALRM, partial(kill, child))
        signal.alarm(LONGEST_RUN)
        _, status = os.waitpid(child, 0)
        signal.alarm(0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def kill(group: int, *_: object) -> None:
    """Kill a run that takes too long, with all its processes."""
    os.killpg(group, signal.SIGKILL)


def preload() -> None:
    """Import, and look up, what takes most of a run's start."""
    for name in PRELOADED:
        importlib.import_module(name)
    # pytest looks through all that is installed for each plugin, pytest-benchmark asks for the
    # commit.
    plugins = [
        one
        for one in importlib.metadata.distributions()
        if any(entry.group == "pytest11" for entry in one.entry_points)
    ]
    vars(importlib.metadata)["distributions"] = lambda: plugins
    vars(sys.modules["pytest_benchmark.plugin"])["get_tag"] = lambda *_: "kill"
    if hasattr(gc, "freeze"):  # not on PyPy
        gc.freeze()  # a collection in a fork would copy all of it


def run(request: dict[str, Any]) -> int:
    """Become the process of one run, and return pytest's exit code."""
    import pytest

    os.setsid()
    os.environ.clear()
    os.environ.update(request["environ"])
    with open(os.devnull, "rb") as nothing, open(request["output"], "wb") as output:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.path.insert(1, request["injection"])
    runpy.run_path(os.path.join(request["injection"], "sitecustomize.py"))  # noqa: PTH118
    # The plugins are imported already, with assertions as they are.
    unmodified = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    sys.argv = ["pytest", *request["arguments"]]
    return int(pytest.main([*unmodified, *request["arguments"]]))


if __name__ == "__main__":
    main()
