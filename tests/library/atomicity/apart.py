"""Races that may crash the interpreter, or hang in it: each runs in a process of its own.

Such a module is a program, too: ``python sharing.py HOW KIND`` prints what its function HOW returns
for KIND: ``(how much was done, updates that an unprotected count lost, what went wrong)``.
"""

import ast
import contextlib
import signal

from tests.harness import PATIENCE, Inconclusive, control

PROGRAM = """
import runpy, sys
sys.argv[1:] = [{how!r}, {kind!r}]
runpy.run_path({path!r}, run_name="__main__")
"""


def seen_apart(programs, module, how, kind):
    """Return what the module prints as a program; how it crashed is what went wrong."""
    source = PROGRAM.format(path=module.__file__, how=how, kind=kind)
    program = programs.run(source, within=PATIENCE * 2)
    if program.exit_code < 0:
        return 0, 0, f"the interpreter was killed by {signal.Signals(-program.exit_code).name}"
    if program.exit_code >= 2**31:
        return 0, 0, f"the interpreter crashed with {program.exit_code:#x}"  # on Windows
    control(program.exit_code == 0, program.err)
    return ast.literal_eval(program.out)


def what_goes_wrong(look, *, safe):
    """Return what went wrong when ``look()`` was called, "" if nothing did.

    Where it is not safe it gets three chances, for a busy machine may keep threads apart for long.
    Raises Inconclusive if nothing went wrong there, or no update was lost where it is safe.
    """
    done, lost = 0, 0
    for _ in range(1 if safe else 3):
        done, lost, wrong = look()
        if wrong:
            return wrong
    if not (safe and lost):
        raise Inconclusive(f"nothing went wrong with {done} changes, {lost} updates lost")
    return ""


def prepare_to_crash(hangs_after=PATIENCE * 0.9):
    """Let a crash leave no file behind, and a hang end as one after so many seconds (POSIX)."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(max(1, int(hangs_after)))
