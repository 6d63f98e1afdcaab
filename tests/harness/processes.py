"""Starting and joining workers, and raw forks whose child tells what it saw.

Functions that fork run in a fresh interpreter (``programs.call``), which is ended, with its
children, if one of them hangs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from threading import Thread

from tests.harness.waiting import PATIENCE, Inconclusive, NotSeen, control, outcome

# typing would cost every spawned child some 5 ms.  Type checkers take this name to be true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Worker = TypeVar("Worker", bound=Thread | BaseProcess)


def joined(*workers: Thread | BaseProcess, within: float = PATIENCE) -> list[int | None]:
    """Join threads or processes and return their exit codes (None for a thread).

    Raises NotSeen, naming the worker, if one has not ended after ``within`` seconds.
    """
    for worker in workers:
        worker.join(within)
        if worker.is_alive():
            raise NotSeen(f"{worker.name} had not ended after {within:g} s")
    return [getattr(worker, "exitcode", None) for worker in workers]


def started(workers: Iterable[Worker]) -> list[Worker]:
    """Start threads or processes in order and return them."""
    workers = list(workers)
    for worker in workers:
        worker.start()
    return workers


def run_child(ctx: BaseContext, target: Callable[..., object], *arguments: object) -> None:
    """Run the target in a child process of this context until it has ended.

    Raises NotSeen if it does not end, and ControlFailed if its exit code is not 0.
    """
    child = ctx.Process(target=target, args=arguments)  # type: ignore[attr-defined]
    child.start()
    (code,) = joined(child)
    control(code == 0, f"the child must end with 0, not {code}")


def in_a_fork(function: Callable[[], Any]) -> Any:
    """Call the function in a forked child and return what it returns there, a literal.

    The child prints a traceback if the function raises, and leaves by ``os._exit``.  Raises
    EOFError if it has told nothing.
    """
    import ast  # here, for it would cost every child some milliseconds

    listening, telling = os.pipe()
    pid = leaving(lambda: os.write(telling, repr(function()).encode()))
    os.close(telling)
    with os.fdopen(listening, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    if not told:
        raise EOFError("the forked child has told nothing")
    return ast.literal_eval(told)


def leaving(function: Callable[[], object]) -> int:
    """Fork a child that calls the function and leaves with 0 (1 if it raised); return its pid."""
    caller = os.getpid()
    pid = os.fork()
    if os.getpid() != caller:  # told by the pid, since specs examine what fork returns
        code = 1
        try:
            function()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def state_of(pid: int) -> str:
    """Return the letter of a process's state, "Z" for a zombie; empty if there is no such process.

    From /proc, or from ps, where the system has no /proc.  Raises Inconclusive if it has neither.
    """
    import subprocess  # here, for these would cost every child some milliseconds
    from pathlib import Path

    if Path("/proc/self/stat").exists():
        status = outcome(Path(f"/proc/{pid}/stat").read_text)
        return str(status.rpartition(")")[2].split()[0]) if isinstance(status, str) else ""
    try:
        listed = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], stdout=subprocess.PIPE)
    except FileNotFoundError:
        raise Inconclusive("neither /proc nor ps is there to show the state of a process") from None
    return listed.stdout.decode()[:1]
