"""What decides whether a process has a GIL: the build, an option, and what is imported.

Source: https://docs.python.org/3/howto/free-threading-extensions.html and
https://docs.python.org/3/using/cmdline.html#cmdoption-X
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.harness import (
    FREE_THREADED_BUILD,
    PATIENCE,
    PYPY,
    applies,
    claim,
    control,
    predicts,
    refuted,
    since,
)
from tests.plugins.programs import environment

COMPILER = shutil.which("cc") or shutil.which("gcc")
HEADER = Path(sysconfig.get_path("include") or "", "Python.h")

TELL = "import sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())"


def python(*arguments, **changes):
    """Run this interpreter without options about the GIL, but for those given here."""
    environ = environment(changes)
    if "PYTHON_GIL" not in changes:
        environ.pop("PYTHON_GIL", None)
    return subprocess.run(
        [sys.executable, *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@claim("AT18")
@refuted(
    where=since("3.13.0") and not FREE_THREADED_BUILD and not PYPY,
    because="3.13 builds with a GIL refuse to start with -X gil=0 (PEP 703)",
)
def test_an_option_for_no_gil_is_harmless_everywhere(evidence):
    """`python -X gil=0` starts, whether or not the build can do without its GIL.

    An unknown -X option is ignored, so it starts up to 3.12 and on PyPy; a free-threaded build
    obeys.  But from 3.13 a build with a GIL ends at once, with status 1: "Fatal Python error:
    config_read_gil: Disabling the GIL is not supported by this build".  PYTHON_GIL=0 does the same.
    Instead: set either for free-threaded builds only.
    """
    option = python("-X", "gil=0", "-c", TELL)
    variable = python("-c", TELL, PYTHON_GIL="0")
    codes = [option.returncode, variable.returncode]
    evidence(codes=codes, printed=[option.stdout, variable.stdout], error=option.stderr[:100])
    control(codes in ([0, 0], [1, 1]), f"other exit codes: {codes}, {option.stderr}")
    if codes == [1, 1]:
        control("Disabling the GIL is not supported" in option.stderr, option.stderr)
    assert codes == [0, 0]
    assert [option.stdout, variable.stdout] == [f"{not FREE_THREADED_BUILD}\n"] * 2


@claim("AT43")
def test_an_option_for_the_gil_turns_it_on(evidence):
    """`python -X gil=1` and PYTHON_GIL=1 run any build with the GIL; -X wins over the variable."""
    told = {
        "-X gil=1": python("-X", "gil=1", "-c", TELL),
        "PYTHON_GIL=1": python("-c", TELL, PYTHON_GIL="1"),
        "neither": python("-c", TELL),
    }
    if FREE_THREADED_BUILD:
        told["both"] = python("-X", "gil=1", "-c", TELL, PYTHON_GIL="0")
    answers = {way: program.stdout.strip() for way, program in told.items()}
    evidence(**{way.replace("-", "").replace(" ", "_"): text for way, text in answers.items()})
    assert [program.returncode for program in told.values()] == [0] * len(told)
    assert answers.pop("neither") == str(not FREE_THREADED_BUILD)
    assert set(answers.values()) == {"True"}


EXTENSION = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "silent_extension", 0, -1};
PyMODINIT_FUNC PyInit_silent_extension(void) { return PyModule_Create(&module); }
"""

IMPORT = """
import sys, warnings
sys.path.insert(0, sys.argv[1])
gil = getattr(sys, "_is_gil_enabled", lambda: True)
before = gil()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import silent_extension
print((before, gil(), [(one.category.__name__, str(one.message)) for one in caught]))
"""


@claim("AT44")
@predicts("RC16")
@applies(where=bool(COMPILER) and HEADER.exists(), because="no C compiler or no headers: Linux")
@refuted(
    where=FREE_THREADED_BUILD,
    because="PEP 703: a module without Py_mod_gil turns the GIL of a free-threaded build on",
)
def test_importing_an_extension_leaves_the_gil_as_it_was(folder, evidence):
    """Importing a C extension leaves sys._is_gil_enabled() as it was, and warns of nothing.

    On a free-threaded build (3.13t) a module that does not declare Py_mod_gil turns the GIL on for
    the whole process: threads run in turn from then on, with one "RuntimeWarning: The global
    interpreter lock (GIL) has been enabled to load module ...".  Instead: get a release that
    declares it, or run with -X gil=0 (PYTHON_GIL=0) at one's own risk.
    """
    source = folder / "silent_extension.c"
    source.write_text(EXTENSION, encoding="ascii")
    library = folder / f"silent_extension{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = f"-I{HEADER.parent}"
    build = [COMPILER, "-shared", "-fPIC", "-O0", include, str(source), "-o", str(library)]
    built = subprocess.run(build, capture_output=True, text=True, timeout=PATIENCE, check=False)
    control(built.returncode == 0, built.stderr)
    program = python("-c", IMPORT, str(folder))
    evidence(printed=program.stdout.strip())
    control((program.returncode, program.stderr) == (0, ""), program.stderr)
    if FREE_THREADED_BUILD:
        known = program.stdout.startswith("(False, True, [('RuntimeWarning', ")
        control(known or program.stdout == "(False, False, [])\n", program.stdout)
    else:
        control(program.stdout.startswith("(True, "), program.stdout)
    assert program.stdout == f"({not FREE_THREADED_BUILD}, {not FREE_THREADED_BUILD}, [])\n"
