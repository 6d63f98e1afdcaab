"""The main module and its children: what they import of it, how often, and what they find there.

Every program here runs in a fresh interpreter.  A forked child goes on with the main module of its
parent; the other children import it, under the name __mp_main__, before they run their target.

Source: https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods
"""

import ast
import textwrap
from importlib.util import find_spec

from tests.harness import (
    FORK,
    PYPY,
    WEBASSEMBLY,
    before,
    cases,
    claim,
    concerns,
    control,
    needs_fork,
    predicts,
    refuted,
    since,
)
from tests.library.multiprocessing.starting import FORKS_BY_DEFAULT, METHODS, end_of, needs_a_copy

#: Whether a fork server really imports the main module, as it was always meant to do (gh-126631).
SERVER_IMPORTS_MAIN = not PYPY and since("3.13.8", "3.14.1")

#: From then until gh-143706 was fixed it did so without the parent's sys.argv.
SERVER_FORGETS_ARGV = SERVER_IMPORTS_MAIN and before("3.13.12", "3.14.3")

UNGUARDED = """
import multiprocessing

def work():
    print("the child works", flush=True)

child = {start}.Process(target=work)
child.start()
child.join()
print("its exit code is", child.exitcode)
"""
GUARDED = """
import multiprocessing

def work():
    print("the child works", flush=True)

if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    print("its exit code is", child.exitcode)
"""


WORKS, FAILS = ["the child works", "its exit code is 0"], ["its exit code is 1"]


@claim("MAIN01")
@concerns("no guard")
@predicts("RC05")
@needs_a_copy
def test_a_script_without_guard_can_start_a_process(programs, evidence):
    """By default a script without "if __name__ == '__main__'" can start a process.

    From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, the script is imported once
    more, for its children, and would start one from there: "RuntimeError: An attempt has been made
    to start a new process before the current process has finished its bootstrapping phase. ..."  In
    3.14 from 3.14.1 on the fork server dies of it, and start() raises "ConnectionResetError: [Errno
    104] Connection reset by peer" in the parent; otherwise the child alone fails, with exit code 1
    (3.15: gh-141860).  A script that waits at its top level, in input() or in a server's run(),
    hangs instead: in start(), or in join() where the child imports it (macOS, Windows).  Instead:
    put what starts processes, or waits, under the guard.
    """
    program = programs.run(UNGUARDED.format(start="multiprocessing"))
    assert end_of(program, evidence, "bootstrapping phase") == WORKS


@claim("MAIN02")
@predicts("RC05")
def test_spawn_refuses_a_script_without_guard(programs, evidence):
    """Under spawn the child of a script without the guard exits with 1, by a RuntimeError.

    You might expect the script to run once.  The child imports it, comes to its start() and fails:
    "RuntimeError: An attempt has been made to start a new process before the current process has
    finished its bootstrapping phase."  That is on the child's standard error; start() in the parent
    returns, and its script goes on.  Put what starts processes under if __name__ == "__main__".
    """
    program = programs.run(UNGUARDED.format(start="multiprocessing.get_context('spawn')"))
    assert end_of(program, evidence) == FAILS
    assert program.err.count("RuntimeError: ") == 1
    assert "An attempt has been made to start a new process before" in program.err


@claim("MAIN03")
@predicts("RC05", "H41")
@needs_a_copy
def test_a_function_of_python_c_can_be_a_target(programs, evidence):
    """By default a function that is defined in python -c "..." can be the target of a Process.

    From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, it has no file that a child
    could import: start() returns, and the child exits with 1, by "AttributeError: module '__main__'
    has no attribute 'work'" (up to 3.13, on macOS and Windows: "AttributeError: Can't get attribute
    'work' on <module '__main__' ...").  The interactive prompt and Jupyter's cells are like that
    too (DEPLOY26).  Instead: put the function into a module.
    """
    program = programs.run("", options=("-c", GUARDED))
    assert end_of(program, evidence, "AttributeError: ") == WORKS


@claim("MAIN04")
@predicts("RC05")
@needs_a_copy
def test_a_program_on_standard_input_can_start_processes(programs, evidence):
    """By default a program that python reads from standard input can start a process.

    From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, children, or their fork server,
    look for a file of the name "<stdin>": "FileNotFoundError: [Errno 2] No such file or directory:
    '.../<stdin>'" (on Windows "OSError: [Errno 22] Invalid argument: '...<stdin>'").  In 3.14 from
    3.14.1 on start() raises "ConnectionResetError: [Errno 104] Connection reset by peer" in the
    parent; otherwise the child's exit code is 1.  Instead: python file.py, or
    get_context("fork").
    """
    program = programs.finish(programs.start("", options=("-",)), send=GUARDED.encode())
    assert end_of(program, evidence, "<stdin>") == WORKS


@claim("MAIN05")
@cases(start=("default", *METHODS))
def test_a_program_run_by_m_can_start_processes(start, programs, evidence):
    """A file that is run by python -m module can start processes, by default and by every method.

    Children import it by its name, package.module too; it needs the guard as any other.  Of python
    -m package, which runs package/__main__.py, children import nothing: what is defined there is
    missing in them from 3.14 on, on macOS and on Windows (DEPLOY24).
    """
    context = "multiprocessing" if start == "default" else f"multiprocessing.get_context({start!r})"
    source = GUARDED.replace("multiprocessing.Process", f"{context}.Process")
    program = programs.run(source, options=("-m", "program"))
    assert end_of(program, evidence) == WORKS
    assert program.err == ""


IMPORTED = """
import multiprocessing, os, sys

class Thing:
    pass

def tell(**known):  # in one write, for several processes do it
    os.write(1, f"{{known}}\\n".encode())

tell(importer=os.getpid(), name=__name__, argv=sys.argv[1:],
     process=multiprocessing.current_process().name, parent=multiprocessing.parent_process())

def work(sending):
    main = sys.modules["__main__"]
    tell(child=os.getpid(), name=main.__name__, function=work.__module__, argv=sys.argv[1:],
         same=main is sys.modules["__mp_main__"])
    sending.send(Thing())

if __name__ == "__main__":
    sys.argv[1:] = ["--set", "by the parent"]
    context = multiprocessing.get_context({method!r})
    for _ in range(2):
        receiving, sending = context.Pipe(duplex=False)
        child = context.Process(target=work, args=(sending,))
        child.start()
        tell(same_class=type(receiving.recv()) is Thing)
        child.join()
"""


def told_by(programs, method, what):
    """Return the lines of the program above with this, less that of the main module itself."""
    program = programs.once(IMPORTED.format(method=method))
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    return [line for line in map(ast.literal_eval, program.lines[1:]) if what in line]


@claim("MAIN06")
def test_the_main_module_is_called_mp_main_in_children(start_method, programs, evidence):
    """In spawned and served children the main module is __mp_main__; in forked ones __main__.

    So the guard keeps them out.  sys.modules has it under both names in every child.
    """
    children = told_by(programs, start_method, "child")
    names = [(line["name"], line["function"], line["same"]) for line in children]
    name = "__main__" if start_method == "fork" else "__mp_main__"
    assert evidence(module_function_same=names) == [(name, name, True)] * 2


@claim("MAIN07")
def test_spawn_executes_the_main_module_per_child(programs, evidence):
    """Under spawn the main module's body is executed once in each child; under fork in none."""
    importers = [line["importer"] for line in told_by(programs, "spawn", "importer")]
    children = [line["child"] for line in told_by(programs, "spawn", "child")]
    assert evidence(importers=importers) == children
    assert len(set(children)) == 2
    assert not FORK or told_by(programs, "fork", "importer") == []


@claim("MAIN08")
@needs_fork
@refuted(
    where=not SERVER_IMPORTS_MAIN,
    because="3.13.8 and 3.14.1 made the fork server find the main module (gh-126631); "
    "PyPy is as older ones",
)
def test_a_fork_server_executes_the_main_module_once(programs, evidence):
    """Under forkserver the main module's body is executed once, in the server, for all children.

    set_forkserver_preload() begins with '__main__', so this is what you might expect.  Before, the
    server did not find it, and each child executed it anew: slow imports cost their time again
    with every start() (gh-126631).
    """
    imports = told_by(programs, "forkserver", "importer")
    control({line["name"] for line in imports} == {"__mp_main__"}, f"as __mp_main__: {imports}")
    children = {line["child"] for line in told_by(programs, "forkserver", "child")}
    assert len(evidence(imported_by=[line["importer"] for line in imports])) == 1
    assert imports[0]["importer"] not in children


@claim("MAIN09")
@predicts("RC07")
@refuted(
    where=SERVER_FORGETS_ARGV,
    start_method="forkserver",
    because="gh-143706: from 3.13.8 to 3.13.11 and in 3.14.1 and 3.14.2 the fork server forgets it",
)
def test_children_import_the_main_module_with_argv(start_method, programs, evidence):
    """A child process sees its parent's sys.argv, even while it imports the main module.

    A module that parses options at import depends on it.  The fork servers of 3.13.8 to 3.13.11,
    3.14.1 and 3.14.2 import the main module with an empty sys.argv: "error: the following arguments
    are required" (gh-143706).  Instead: parse options under the guard, and pass them.
    """
    given = ["--set", "by the parent"]
    children = told_by(programs, start_method, "child")
    control([line["argv"] for line in children] == [given] * 2, f"the target sees it: {children}")
    at_import = [line["argv"] for line in told_by(programs, start_method, "importer")]
    assert all(argv == given for argv in evidence(at_import=at_import))


@claim("MAIN23")
@predicts("N226")
@cases(method=[method for method in METHODS if method != "fork"])
@refuted(
    where=SERVER_IMPORTS_MAIN,
    method="forkserver",
    because="since 3.13.8 and 3.14.1 the server imports it for the children (gh-126631)",
)
def test_who_imports_the_main_module_again_is_no_main_process(method, programs, evidence):
    """When the main module is imported again, current_process().name is not "MainProcess".

    Programs ask for the name to tell a child from the parent while they are imported.  The fork
    server imports the main module, too, since 3.13.8 and 3.14.1, and is called MainProcess: a
    program that starts its web server unless it has another name starts a second one there, and
    hangs.  Instead: ask whether __name__ is "__main__".  parent_process() is no help: while the
    main module is imported again, it is None in every process.
    """
    imports = told_by(programs, method, "importer")
    control([line["parent"] for line in imports] == [None] * len(imports) != [], str(imports))
    names = evidence(names=[line["process"] for line in imports])
    assert "MainProcess" not in names


@claim("MAIN10")
def test_a_main_modules_object_comes_back_as_itself(start_method, programs, evidence):
    """An object of a main module's class that a child sends is of the parent's very class.

    In the child that is __mp_main__.Thing; the parent knows its main module by that name too.
    """
    same = [line["same_class"] for line in told_by(programs, start_method, "same_class")]
    assert evidence(same_class=same) == [True] * 2


SCRIPT = """\
import multiprocessing

{above}

def work():
{work}

if __name__ == "__main__":
{guarded}
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
{after}
"""


def run_script(programs, *, above="", guarded="pass", work="pass", after="pass"):
    """Run a script whose main module has this above the guard, and under it; return its end."""
    source = SCRIPT.format(
        above=above,
        guarded=textwrap.indent(guarded, "    "),
        work=textwrap.indent(work, "    "),
        after=textwrap.indent(after, "    "),
    )
    return programs.run(source)


def no_error(program):
    """3.14.0, whose children import the script, warns at the end that their locks are left."""
    control("Traceback" not in program.err, f"no error: {program}")


@claim("MAIN11")
@concerns("global set under the guard")
@predicts("RC03")
@needs_a_copy
def test_a_child_sees_globals_set_under_the_guard(programs, evidence):
    """By default a child sees a global of the script that is set under the __main__ guard.

    The most frequent silent change: from 3.14 (gh-84559), on macOS since 3.8 and on Windows always,
    the child has the value of the line further up, for the guard's block is not executed in it.  No
    error.  Instead: pass the value as an argument, or through a pool's initializer.
    """
    program = run_script(
        programs, above="value = 'as imported'", guarded="value = 'as set'", work="print(value)"
    )
    no_error(program)
    assert evidence(child_prints=program.lines) == ["as set"]


@claim("MAIN12")
@concerns("name made under the guard")
@predicts("RC03")
@needs_a_copy
def test_a_child_knows_names_made_under_the_guard(programs, evidence):
    """By default a child has the names that exist only under the __main__ guard.

    options = parser.parse_args() is often one.  From 3.14, on macOS since 3.8 and on Windows
    always, a function that uses it ends with "NameError: name 'options' is not defined" in the
    child (gh-84559), which exits with 1 while the parent goes on.  Instead: pass it.
    """
    program = run_script(programs, guarded="options = 'parsed'", work="print(options)")
    assert end_of(program, evidence, "NameError: name 'options' is not defined") == ["parsed"]


@claim("MAIN13")
@concerns("target under the guard")
@predicts("RC01")
@needs_a_copy
@cases(late={"a function": "def late(): ...", "a class": "class late: ..."})
def test_a_function_under_the_guard_is_a_target(late, programs, evidence):
    """By default a function, or class, that is defined under the __main__ guard can be used.

    From 3.14, on macOS since 3.8 and on Windows always, start() returns and the child exits with 1:
    "AttributeError: module '__mp_main__' has no attribute '...'" (up to 3.13, on macOS and Windows:
    "AttributeError: Can't get attribute '...' on <module '__mp_main__' ...") is on its standard
    error alone (gh-84559).  Instead: define it above the guard, at the top level of the script;
    check Process.exitcode.
    """
    guarded = f"{late}\nwork = late"
    program = run_script(programs, guarded=guarded, after="print(child.exitcode)")
    assert end_of(program, evidence, "'late'") == ["0"]


SHARED = {
    "Lock": ("Lock()", "shared.acquire()", "print(shared.acquire(timeout=0))", "False"),
    "Event": ("Event()", "shared.set()", "print(shared.is_set())", "True"),
}


@claim("MAIN14")
@concerns("lock at module level")
@predicts("RC03")
@needs_a_copy
@cases(shared=SHARED)
def test_a_module_level_lock_excludes_children(shared, programs, evidence):
    """By default a multiprocessing.Lock that is a global of the script excludes children.

    From 3.14, on macOS since 3.8 and on Windows always, each child makes another lock when it
    imports the script (gh-84559): all of them are let in at the same time, and nothing says so: a
    race condition.  (3.14.0 alone warns, at the end, that there appear to be leaked semaphore
    objects.)  So a Lock or an Event as a global variable is not working on Windows; semaphores and
    barriers are like that.  Instead: pass the lock as an argument, or through a pool's initializer.
    """
    made, guarded, work, printed = shared
    above = f"shared = multiprocessing.{made}"
    program = run_script(programs, above=above, guarded=guarded, work=work)
    no_error(program)
    assert evidence(child_prints=program.lines) == [printed]


@claim("MAIN15")
@concerns("shared value at module level")
@predicts("RC03")
@needs_a_copy
def test_a_module_level_value_is_shared(programs, evidence):
    """By default a multiprocessing.Value, or Array, that is a global of the script is shared.

    From 3.14, on macOS since 3.8 and on Windows always, the child has another one, made when it
    imports the script (gh-84559): the parent's counter stays 0, without an error.  Instead: pass it
    as an argument.
    """
    program = run_script(
        programs,
        above="counter = multiprocessing.Value('i', 0)",
        work="counter.value += 7",
        after="print(counter.value)",
    )
    no_error(program)
    assert evidence(parent_prints=program.lines) == ["7"]


@claim("MAIN16")
@concerns("queue at module level")
@predicts("RC03")
@needs_a_copy
def test_a_module_level_queue_reaches_the_parent(programs, evidence):
    """By default what a child puts into a queue that is a global of the script gets to the parent.

    From 3.14, on macOS since 3.8 and on Windows always, the child puts it into another queue
    (gh-84559), and get() in the parent waits forever: it hangs.  Instead: pass the queue as an
    argument.
    """
    program = run_script(
        programs,
        above="letters = multiprocessing.SimpleQueue()",
        work="letters.put('from the child')",
        after="print('empty' if letters.empty() else letters.get())",
    )
    no_error(program)
    assert evidence(parent_gets=program.lines) == ["from the child"]


NOT_IMPORTABLE = """
import multiprocessing, sys, types

if __name__ == "__main__":
    made = sys.modules["made_at_run_time"] = types.ModuleType("made_at_run_time")
    exec("def work(): pass", vars(made))
    child = {context}.Process(target=made.work)
    child.start()
    child.join()
    print(child.exitcode)
"""


@claim("MAIN17")
def test_a_target_that_cannot_be_imported_fails_alone(start_method, programs, evidence):
    """A spawned child that cannot import its target exits with 1; start() does not raise.

    The target is pickled by its name, which the parent can find; "ModuleNotFoundError: No module
    named ..." is on the child's standard error alone.  So check Process.exitcode.  A forked child
    imports nothing.
    """
    context = f"multiprocessing.get_context({start_method!r})"
    program = programs.run(NOT_IMPORTABLE.format(context=context))
    error = "ModuleNotFoundError: No module named 'made_at_run_time'"
    fails = start_method != "fork"
    assert end_of(program, evidence, error) == [str(int(fails))]
    assert (error in program.err) is fails


@claim("MAIN19")
@needs_a_copy
def test_a_module_made_at_run_time_has_targets(programs, evidence):
    """By default a function of a module that was made at run time can be a target.

    Plug-in loaders, templates, exec() and pytest --import-mode=importlib make modules that nobody
    can import.  From 3.14, on macOS since 3.8 and on Windows always, start() returns, and the child
    exits with 1, by "ModuleNotFoundError: No module named 'made_at_run_time'" on its standard error
    (gh-84559).  Instead: pass the path, and load the module in the target too; or
    get_context("fork").
    """
    program = programs.run(NOT_IMPORTABLE.format(context="multiprocessing"))
    assert end_of(program, evidence, "No module named 'made_at_run_time'") == ["0"]


@claim("MAIN20")
@predicts("N01")
@needs_a_copy
def test_a_main_module_without_spec_can_start_a_process(programs, evidence):
    """By default a program whose __main__ has no __spec__ can start a process.

    exec() in a dict of one's own, debuggers (pdb before 3.11.9 and 3.12.3) and some launchers run a
    program like that.  From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, start()
    raises "AttributeError: module '__main__' has no attribute '__spec__'".  Instead: set __spec__ =
    None in the main module, or put what starts processes into a module.
    """
    guard = 'if __name__ == "__main__":\n'
    program = programs.run(GUARDED.replace(guard, f"{guard}    del __spec__\n"))
    assert end_of(program, evidence, "has no attribute '__spec__'") == WORKS


ENDED = """
import multiprocessing, threading

def work():
    print("the child works", flush=True)

def work_later():
    threading.main_thread().join()
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    print("its exit code is", child.exitcode)

if __name__ == "__main__":
    threading.Thread(target=work_later).start()
"""


#: Where nothing can be forked after the end of the main thread; who spawns does not ask.
REFUSES_FORK = FORKS_BY_DEFAULT and since("3.12.0") and before("3.12.3") and not PYPY


@claim("MAIN21")
@predicts("N02")
@needs_a_copy
@refuted(where=REFUSES_FORK, because="gh-113964: 3.12.0 to 3.12.2 take that for shutdown")
def test_a_thread_starts_a_process_after_the_script(programs, evidence):
    """By default a thread that outlives the script can start a process of the script's functions.

    After its last line a script has no __file__ any more, so children import nothing.  From 3.14
    (gh-84559), on macOS since 3.8 and on Windows always, start() returns and the child exits with
    1: "AttributeError: module '__main__' has no attribute 'work'"; a Pool hangs.  atexit handlers
    and python -i are like that.  On Linux 3.12.0 to 3.12.2 raise "RuntimeError: can't fork at
    interpreter shutdown" there.  Instead: join the thread at the end of the script, or put the
    function into a module.
    """
    program = programs.run(ENDED)
    mistake = "can't fork" if REFUSES_FORK else "'work'"
    assert end_of(program, evidence, mistake) == WORKS


PROFILED = """
import os, traceback
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool

def double(number):
    return 2 * number

if __name__ == "__main__":
    try:
        with ProcessPoolExecutor(1) as executor:
            print(list(executor.map(double, [7])))
        with Pool(1) as pool:
            print(pool.map(double, [7]))
    except Exception:
        traceback.print_exc()
        os._exit(1)  # 3.13t may hang in the exit of a profiled program with threads
"""


def gives_scripts_no_spec():
    """Tell whether cProfile says of a script that it is no module, so that children import it."""
    spec = find_spec("profiling.tracing" if since("3.15.0") else "cProfile")
    return "'__spec__': None" in (spec.loader.get_source(spec.name) or "")


#: Whether the script is __main__ for pickle, but not for children (gh-140729), as in 3.14.7 and
#: 3.15.0b1, and no longer in 3.14.10 and 3.15.0b4.
ONLY_PICKLE_FINDS_IT = since("3.14.0") and not WEBASSEMBLY and not gives_scripts_no_spec()


@claim("MAIN22")
@predicts("N60")
@refuted(
    where=before("3.14.0") or PYPY,
    because="3.14 makes the script the module __main__ that pickle looks into (gh-132737)",
)
@refuted(
    where=ONLY_PICKLE_FINDS_IT,
    because="up to 3.14.7 children do not import the script that cProfile runs (gh-140729)",
)
def test_a_script_under_cprofile_can_use_a_pool(programs, evidence):
    """A script that python -m cProfile runs can use a ProcessPoolExecutor, or a Pool.

    Before 3.14 __main__ is cProfile's own module, where pickle does not find the functions of the
    script: "_pickle.PicklingError: Can't pickle <function double at 0x...>: attribute lookup double
    on __main__ failed".  In 3.14.0 to 3.14.7 the children look in vain, by an AttributeError,
    "module '__main__' has no attribute 'double'": BrokenProcessPool, and a Pool hangs (gh-140729;
    3.14.10 and 3.15 are right).  python -m profile and python -m trace are like that in all
    releases.  Instead: put the functions into a module that the script imports, or profile in the
    script, by cProfile.Profile().
    """
    program = programs.run(PROFILED, options=("-m", "cProfile", "-o", "profile"))
    mistake = "has no attribute 'double'" if ONLY_PICKLE_FINDS_IT else "PicklingError"
    assert end_of(program, evidence, mistake) == ["[14]"] * 2


FLAGGED = """
import multiprocessing, sys

def tell():
    print((sys.argv[1:], __debug__, sys.flags.optimize, sys.warnoptions[-2:]), flush=True)

if __name__ == "__main__":
    sys.argv[1:] = ["-o", "file"]
    tell()
    child = multiprocessing.get_context({method!r}).Process(target=tell)
    child.start()
    child.join()
"""


@claim("MAIN18")
def test_interpreter_options_are_passed_on_to_children(start_method, programs, evidence):
    """-O and -W of the command line, and sys.argv, hold in children of every start method.

    A new program is started with the interpreter's options, and gets sys.argv with its data.  Of -X
    some are lost up to 3.14.3, and in most releases of 3.13: gil, cpu_count, int_max_str_digits
    (gh-146004).  Instead: set PYTHON_GIL, PYTHON_CPU_COUNT or PYTHONINTMAXSTRDIGITS.
    """
    options = ("-OO", "-W", "error::DeprecationWarning", "-W", "ignore::UserWarning")
    program = programs.run(FLAGGED.format(method=start_method), options=options)
    told = evidence(parent_and_child=[*map(ast.literal_eval, program.lines)])
    filters = ["error::DeprecationWarning", "ignore::UserWarning"]
    assert told == [(["-o", "file"], False, 2, filters)] * 2
    assert program.err == ""
