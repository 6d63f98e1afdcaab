"""Raw forks for specs: a child that tells what it saw, and leaves without running anything else.

For functions that run in a fresh interpreter (``scripts.call``), which is ended, with its children,
if one of them hangs.
"""

from __future__ import annotations

import ast
import os
import traceback
from collections.abc import Callable

# typing would cost every spawned child some 5 ms.  Type checkers take this name to be true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def in_a_fork(function: Callable[[], Any]) -> Any:
    """Call the function in a forked child and return what it returns there, a literal.

    The child prints a traceback if the function raises, and leaves by ``os._exit``.  Raises
    EOFError if it has told nothing.
    """
    listening, telling = os.pipe()
    caller = os.getpid()
    number = os.fork()
    if os.getpid() != caller:  # told by the pid, since specs examine what fork returns
        try:
            os.write(telling, repr(function()).encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(telling)
    with os.fdopen(listening, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(number, 0)
    if not told:
        raise EOFError("the forked child has told nothing")
    return ast.literal_eval(told)


def leaving(function: Callable[[], object]) -> int:
    """Fork a child that calls the function and then leaves with 0; return its pid at once."""
    caller = os.getpid()
    number = os.fork()
    if os.getpid() != caller:
        code = 1
        try:
            function()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return number
