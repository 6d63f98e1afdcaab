"""Pre-started worker teams that begin at the same moment."""

import contextlib
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue

from tests.costs.work import serve
from tests.harness import DEFAULT_START_METHOD
from tests.harness.interpreters import new_interpreter
from tests.plugins.pools import StartedExecutor, end_executor

#: The default context; get_context() alone would fix the default for the rest of the session.
CONTEXT = multiprocessing.get_context(DEFAULT_START_METHOD)


@contextlib.contextmanager
def threads(workers, function, background):
    """A team of threads; yield a function that makes all of them work, and returns the results."""
    with _threads([function] * workers, background) as run:
        yield run


@contextlib.contextmanager
def interpreters(workers, function, background):
    """A team of interpreters, each in its own thread."""
    with contextlib.ExitStack() as stack:
        team = [stack.enter_context(new_interpreter()) for _ in range(workers)]
        calls = [partial(one.call, function) for one in team]
        yield stack.enter_context(_threads(calls, background))


@contextlib.contextmanager
def _threads(functions, background):
    done = SimpleQueue()
    ready = [SimpleQueue() for _ in functions]
    tasks = [
        background(serve, one.get, done.put, function)
        for one, function in zip(ready, functions, strict=True)
    ]

    def run(*arguments):
        for one in ready:
            one.put(arguments)
        return [done.get() for _ in ready]

    yield run
    for one in ready:
        one.put(None)
    for task in tasks:
        task.result()


@contextlib.contextmanager
def processes(workers, function, background):
    """A team of processes, started by the default method."""
    pipes = [CONTEXT.Pipe() for _ in range(workers)]
    team = [
        CONTEXT.Process(target=_serve, args=(theirs, function), daemon=True) for _, theirs in pipes
    ]

    def run(*arguments):
        for ours, _ in pipes:
            ours.send(arguments)
        return [ours.recv() for ours, _ in pipes]

    try:
        for process in team:
            process.start()
        for _, theirs in pipes:
            theirs.close()  # so that recv() raises EOFError if the worker dies
        yield run
    finally:
        for process in team:
            process.kill()
            process.join()
        for ours, _ in pipes:
            ours.close()


def _serve(connection, function):
    serve(connection.recv, connection.send, function)


@contextlib.contextmanager
def thread_pool_executor(workers, function, background):
    """The threads of a ThreadPoolExecutor as a team."""
    executor = ThreadPoolExecutor(workers)
    try:
        yield partial(_submitted, executor, workers, function)
    finally:
        end_executor(executor)


@contextlib.contextmanager
def process_pool_executor(workers, function, background):
    """The processes of a ProcessPoolExecutor as a team, started by the default method."""
    executor = StartedExecutor.of(CONTEXT, workers)
    try:
        yield partial(_submitted, executor.executor, workers, function)
    finally:
        executor.end()


def _submitted(executor, workers, function, *arguments):
    futures = [executor.submit(function, *arguments) for _ in range(workers)]
    return [future.result() for future in futures]
