"""What decides whether a process has a GIL: the build, an option, and what is imported.

Source: https://docs.python.org/3/howto/free-threading-extensions.html and
https://docs.python.org/3/using/cmdline.html#cmdoption-X
"""

import ast
import re
import shutil
import subprocess
import sysconfig
import threading
import time
from pathlib import Path

from tests.harness import (
    FREE_THREADED_BUILD,
    MACOS,
    NO_GIL,
    PATIENCE,
    PYPY,
    Inconclusive,
    cases,
    claim,
    control,
    predicts,
    refuted,
    since,
)

LOOK = "import sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
NOT_SET = {"PYTHON_GIL": ""}


@claim("GIL01")
@cases(by=("option", "variable"))
@refuted(
    where=since("3.13.0") and not FREE_THREADED_BUILD and not PYPY,
    because="3.13 builds with a GIL refuse to start with -X gil=0 (PEP 703)",
)
def test_an_option_for_no_gil_is_harmless_everywhere(by, programs, evidence):
    """`python -X gil=0`, or PYTHON_GIL=0, starts every build, with and without a GIL.

    Up to 3.12, and on PyPy, unknown options are ignored; a free-threaded build obeys.  But from
    3.13 on a build with a GIL ends with status 1: "Fatal Python error: config_read_gil: Disabling
    the GIL is not supported by this build".  Set it for free-threaded builds only.
    """
    options, environ = (["-X", "gil=0"], NOT_SET) if by == "option" else ([], {"PYTHON_GIL": "0"})
    program = programs.run(LOOK, options=options, environ=environ)
    refused = "Disabling the GIL is not supported" in program.err
    control(program.exit_code == int(refused), program.err)
    answer = evidence(exit_code=program.exit_code, gil=program.out.strip())
    evidence(error=program.err)
    assert answer == (0, str(not FREE_THREADED_BUILD))


#: Ways to ask for a GIL: options, environment, and whether there is one then.
ASKING = {
    "-X gil=1": (["-X", "gil=1"], NOT_SET, True),
    "PYTHON_GIL=1": ([], {"PYTHON_GIL": "1"}, True),
    "both": (["-X", "gil=1"], {"PYTHON_GIL": "0"}, True),
    "neither": ([], NOT_SET, not FREE_THREADED_BUILD),
}


@claim("GIL02")
@cases(way=ASKING)
@refuted(
    where=since("3.13.0") and not FREE_THREADED_BUILD and not PYPY,
    way="both",
    because="3.13 builds with a GIL refuse PYTHON_GIL=0, whatever -X says (PEP 703)",
)
def test_an_option_for_the_gil_turns_it_on(way, programs, evidence):
    """`python -X gil=1` and PYTHON_GIL=1 run any build with the GIL; -X wins over the variable.

    If PYTHON_GIL=0 is set as well, a free-threaded build goes by -X; up to 3.12, and on PyPy, both
    are ignored.  But from 3.13 on a build with a GIL does not start then: "Disabling the GIL is not
    supported by this build".  Instead: set the variable for free-threaded builds only (GIL01).
    """
    options, environ, gil = way
    program = programs.run(LOOK, options=options, environ=environ)
    refused = "Disabling the GIL is not supported by this build" in program.err
    control(refused or (program.exit_code, program.err) == (0, ""), f"it ends well: {program}")
    assert evidence(exit_code=program.exit_code, gil=program.lines) == (0, [str(gil)])


EXTENSION = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "silent_extension", 0, -1};
PyMODINIT_FUNC PyInit_silent_extension(void) { return PyModule_Create(&module); }
"""

#: What makes the C compiler build a library that leaves the functions of Python open.
SHARED = ["-bundle", "-undefined", "dynamic_lookup"] if MACOS else ["-shared", "-fPIC"]


def build_extension(folder):
    """Compile the extension into the folder; raise Inconclusive if this machine cannot."""
    headers = Path(sysconfig.get_path("include"))
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    for tool, there in (("C compiler", compiler), ("Python.h", (headers / "Python.h").exists())):
        if not there:
            raise Inconclusive(f"this machine has no {tool}")
    source = folder / "silent_extension.c"
    source.write_text(EXTENSION, encoding="ascii")
    library = folder / f"silent_extension{sysconfig.get_config_var('EXT_SUFFIX')}"
    build = [compiler, *SHARED, "-O0", f"-I{headers}", str(source), "-o", str(library)]
    built = subprocess.run(build, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if built.returncode != 0:
        raise Inconclusive(f"this machine cannot build an extension: {built.stderr}")


IMPORT = """
import sys, warnings
sys.path.insert(0, {folder!r})
gil = getattr(sys, "_is_gil_enabled", lambda: True)
before = gil()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import silent_extension
print((before, gil(), [(one.category.__name__, str(one.message)) for one in caught]))
"""


@claim("GIL03")
@predicts("RC16")
@refuted(
    where=FREE_THREADED_BUILD,
    because="PEP 703: a module without Py_mod_gil turns the GIL of a free-threaded build on",
)
def test_importing_an_extension_leaves_the_gil_as_it_was(tmp_path, programs, evidence):
    """Importing a C extension leaves sys._is_gil_enabled() as it was, and warns of nothing.

    On a free-threaded build a module that does not declare Py_mod_gil turns the GIL on for the
    whole process: threads run in turn from then on, with one "RuntimeWarning: The global
    interpreter lock (GIL) has been enabled to load module ...".  Get a release that declares it, or
    run with -X gil=0 (PYTHON_GIL=0) at your own risk.
    """
    build_extension(tmp_path)
    program = programs.run(IMPORT.format(folder=str(tmp_path)), environ=NOT_SET)
    control((program.exit_code, program.err) == (0, ""), program.err)
    before, after, warned = ast.literal_eval(evidence(before_after_warnings=program.out))
    control(before is not FREE_THREADED_BUILD, "the GIL is off in a free-threaded build only")
    control([kind for kind, _ in warned] in ([], ["RuntimeWarning"]), f"warnings: {warned}")
    assert (after, warned) == (before, [])


#: How many seconds a call must take so that a pause of the other thread comes from nothing else.
LONG = 0.2


def pauses(background):
    """Return the seconds of one long call in C, and the longest pause of another thread in it."""
    begun, end = threading.Event(), threading.Event()

    def look():
        longest, last = 0.0, time.perf_counter()
        while not end.is_set():
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            begun.set()
        return longest

    other = background(look)
    try:
        control(begun.wait(PATIENCE), "the other thread runs")
        took, length = 0.0, 16
        while took < LONG:
            start = time.perf_counter()
            found = re.search("(a+)+$", "a" * length + "b")
            took, length = time.perf_counter() - start, length + 1
    finally:
        end.set()
    control(found is None, "the expression matches nothing")
    return took, other.result()


@claim("GIL04")
@predicts("N14")
@refuted(where=NO_GIL, because="without a GIL threads run beside what a thread does in C")
@refuted(where=PYPY, because="PyPy gives the GIL up in its regular expressions, too")
def test_a_long_call_in_c_stops_all_threads(background, evidence):
    """While a thread is in a long call in C, such as a regular expression, no other thread runs.

    The GIL is given up at a call or the end of a loop in Python, or where C waits, not in re,
    sorted(), sum() or int(): one request with an evil text stops every thread, timers, heartbeats
    and the watchdog thread that should notice (ReDoS).  Without a GIL gc.collect(), os.fork() and
    sys._current_frames() wait for such a thread, as they stop all others first.  Instead: do it in
    a process, and join it with a timeout; faulthandler.dump_traceback_later() shows where a program
    is stuck.
    """
    for _ in range(3 if NO_GIL or PYPY else 1):  # a busy machine makes threads pause, too
        took, longest = pauses(background)
        if longest < took / 2:
            break
    assert evidence(part_of_the_call=round(longest / took, 1)) > 0.5
