"""What it costs to start a worker, by kind of worker; a kept worker shows what reuse saves."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from multiprocessing import get_context
from threading import Thread

import pytest

from tests.costs.teams import CONTEXT
from tests.harness import START_METHODS
from tests.harness.interpreters import AVAILABLE, NOT_AVAILABLE, interpreters
from tests.plugins.costs import Question
from tests.plugins.pools import StartedExecutor, end_executor

QUESTION = Question(
    "start-up", "What does it cost to start one worker and wait for its end?", per="start"
)

#: The result or exit code that shows that a worker has run.
DONE = 7


def thread():
    done = []
    worker = Thread(target=done.append, args=(DONE,))
    worker.start()
    worker.join()
    return done[0]


def interpreter():
    done = []
    one = interpreters.create()
    worker = Thread(target=lambda: done.append(one.call(abs, -DONE)))
    worker.start()
    worker.join()
    one.close()
    return done[0]


def process(method):
    worker = get_context(method).Process(target=sys.exit, args=(DONE,))
    worker.start()
    worker.join()
    return worker.exitcode


def program():
    command = [sys.executable, "-c", f"raise SystemExit({DONE})"]
    return subprocess.run(command, check=False).returncode


def task(executor):
    return executor.submit(abs, -DONE).result()


@contextmanager
def kept_thread():
    executor = ThreadPoolExecutor(1)
    try:
        yield partial(task, executor)
    finally:
        end_executor(executor)


@contextmanager
def kept_process():
    started = StartedExecutor.of(CONTEXT, 1)
    try:
        yield partial(task, started.executor)
    finally:
        started.end()


WAYS = {
    "kept thread (ThreadPoolExecutor)": kept_thread,
    "kept process (ProcessPoolExecutor)": kept_process,
    "thread": partial(nullcontext, thread),
    "sub-interpreter": partial(nullcontext, interpreter),
    "process (fork)": partial(nullcontext, partial(process, "fork")),
    "process (forkserver)": partial(nullcontext, partial(process, "forkserver")),
    "process (spawn)": partial(nullcontext, partial(process, "spawn")),
    "fresh interpreter (subprocess)": partial(nullcontext, program),
}

NOT_APPLICABLE = {
    f"process ({method})": f"start method {method!r} needs POSIX; not on {sys.platform}"
    for method in ("fork", "forkserver")
    if method not in START_METHODS
} | ({} if AVAILABLE else {"sub-interpreter": NOT_AVAILABLE})


@pytest.mark.parametrize("way", WAYS)
def test_start_up(cost, way):
    """Start a worker that does almost nothing, and wait for its end.

    A kept worker runs already: it only gets a task and returns the result.  The larger the process
    that forks, the longer a fork takes; here that process is pytest.
    """
    if way in NOT_APPLICABLE:
        pytest.skip(f"not applicable: {NOT_APPLICABLE[way]}")
    cost.answers(QUESTION, way=way)
    done = []
    with WAYS[way]() as start:
        cost.of(lambda: done.append(start()))
    assert set(done) == {DONE}
