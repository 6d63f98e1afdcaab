"""Programs that are no file, or whose file changes while they run.

A package, a folder or a zip file with a __main__.py is started by ``python -m package``,
``python folder`` or ``python app.pyz``, as zipapp, pex and shiv arrange it.

Source: https://docs.python.org/3/library/__main__.html#main-py-in-python-packages
"""

import ast

from tests.harness import (
    PATIENCE,
    cases,
    claim,
    concerns,
    control,
    predicts,
)
from tests.library.multiprocessing.starting import needs_a_copy

#: Makes the program as a package, as a folder and as a zip file, and runs each.
RUN_ALL = r"""
import os, subprocess, sys, zipfile

MAIN = '''
import multiprocessing
{work}
if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    print(child.exitcode, flush=True)
'''
WORK = '''
def work():
    print("the child works", flush=True)
'''

def write(folder, main):
    os.makedirs(folder)
    for name, text in (("__main__.py", main), ("working.py", WORK)):
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)

def end_of(*arguments):
    process = subprocess.run([sys.executable, *arguments], stdout=-1, stderr=-1, text=True)
    return process.stdout.splitlines(), (process.stderr.splitlines() or [""])[-1]

write("package", MAIN.format(work=IN_A_PACKAGE))
write("folder", MAIN.format(work=IN_A_FOLDER))
with zipfile.ZipFile("app.pyz", "w") as archive:
    for file in ("__main__.py", "working.py"):
        archive.write(f"folder/{file}", file)
print({
    "-m package": end_of("-m", "package"),
    "folder": end_of("folder"),
    "app.pyz": end_of("app.pyz"),
})
"""


def end_of(programs, kind, work=("WORK", "WORK")):
    """Return what the program of this kind prints, and its last error.

    ``work`` is where its function comes from, in a package and elsewhere.
    """
    source = RUN_ALL
    for name, value in zip(("IN_A_PACKAGE", "IN_A_FOLDER"), work, strict=True):
        source = source.replace(name, value)
    program = programs.once(source, within=2 * PATIENCE)
    control((program.exit_code, program.err) == (0, ""), f"all are run: {program}")
    return ast.literal_eval(program.out)[kind]


IMPORTED = "'from .working import work'", "'from working import work'"
KINDS = ("-m package", "folder", "app.pyz")
WORKS = ["the child works", "0"]


@claim("DEPLOY24")
@concerns("target in __main__.py")
@predicts("H32")
@cases(kind=KINDS)
@needs_a_copy
def test_a_function_of_a_packages_main_can_be_a_target(kind, programs, evidence):
    """By default a function of a __main__.py can be a target: of python -m package, a zipapp, ...

    From 3.14, on macOS since 3.8 and on Windows always, children import the main module anew, but
    no __main__.py: the child exits with 1, by "AttributeError: module '__main__' has no attribute
    'work'", and start() has returned (gh-84559).  python -m package.module is not concerned.
    Instead: move the function into another module of the package, and import it.
    """
    printed, error = end_of(programs, kind)
    missing = "has no attribute 'work'" in error or "Can't get attribute 'work'" in error
    control(missing or not error, f"it fails otherwise: {error}")
    assert evidence(printed=printed, error=error)[0] == WORKS


@claim("DEPLOY25")
@predicts("H32")
@cases(kind=KINDS)
def test_a_function_of_another_module_can_be_a_target(kind, programs, evidence):
    """By default a function that a __main__.py imports can be a target, from a zip file, too.

    The child imports the module of the function, on the sys.path of its parent, and never the
    __main__.py.  So keep that file to two lines: an import and the guard with main().
    """
    printed, error = end_of(programs, kind, IMPORTED)
    assert evidence(printed=printed, error=error) == (WORKS, "")


EDITED = """
import multiprocessing

def work():
    print("old", flush=True)

if __name__ == "__main__":
    with open(__file__) as script:
        text = script.read()
    with open(__file__, "w") as script:
        script.write(text.replace("old", "new"))
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    print("its exit code is", child.exitcode)
"""


@claim("DEPLOY36")
@predicts("N43")
@needs_a_copy
def test_a_script_may_be_edited_while_it_runs(programs, evidence):
    """By default a script may be edited, or updated, while it runs: its children run the old code.

    From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, children import the file as it
    is by then, or their fork server does: old and new code work together, and fail by an
    AttributeError, an ImportError, or the SyntaxError of a file that is half written, long after
    the program's start.  If the file was removed, a child ends by FileNotFoundError, and on Linux,
    in 3.14 from 3.14.1 on, start() raises ConnectionResetError.  The modules that it imports are
    like that.  Instead: put each release into a folder of its own, start all children at the
    beginning, or use get_context("fork").
    """
    program = programs.run(EDITED)
    control((program.exit_code, program.err) == (0, ""), f"no error: {program}")
    control(program.lines[1:] == ["its exit code is 0"], f"the child ends well: {program}")
    control(program.lines[0] in ("old", "new"), f"it prints one of both: {program}")
    assert evidence(the_child_runs=program.lines[0]) == "old"
