"""multiprocessing.Pool: what breaks a pool without a word, so that get() never returns.

Each spec runs in a fresh interpreter, for the pool's threads print what breaks them.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

from tests.harness import PATIENCE, claim, control, refuted

#: It prints whether a task that breaks a pool, and one after it, are answered, and what threads
#: say, among them one that terminates the pool.  As that may hang, the workers are killed.
BROKEN = """
import multiprocessing, os, threading

class NotUnpickled(Exception):
    def __init__(self, code):
        super().__init__()

def raise_not_unpickled():
    raise NotUnpickled(3)

def fail(result):
    raise RuntimeError("in a callback")

if __name__ == "__main__":
    died = []
    threading.excepthook = died.append
    pool = multiprocessing.Pool(1)
    pool.apply(abs, (-2,))
    breaking, after = pool.apply_async({task}), pool.apply_async(abs, (-3,))
    while not died and not (breaking.ready() and after.ready()):
        after.wait(0.01)
    for one in died:
        one.thread.join()
    print(breaking.ready(), after.ready(), flush=True)
    ending = threading.Thread(target=pool.terminate, daemon=True)
    ending.start()
    ending.join(1)
    for one in died:
        print(f"{{one.exc_type.__name__}}: {{one.exc_value}}", flush=True)
    while workers := multiprocessing.active_children():
        for worker in workers:
            worker.kill()
            worker.join()
    os._exit(0)
"""


def answers_of(programs, task):
    """Return whether the task and the next one are answered, and what threads of the pool say."""
    program = programs.run(BROKEN.format(task=task))
    control(program.exit_code == 0 and program.lines, program.err)
    return program.lines[0], program.lines[1:]


@claim("POOL01")
@refuted(because="CPython and PyPy: the thread that handles results ends (gh-79492, gh-103061)")
def test_an_exception_that_cannot_be_unpickled_is_raised_by_get(programs, evidence):
    """A task's exception that cannot be un-pickled makes get() raise something.

    You might expect "TypeError: NotUnpickled.__init__() missing 1 required positional argument:
    'code'", at least.  It strikes the thread that handles all results, which ends: neither that
    get() nor any later one returns, and terminate() raises "AssertionError: Cannot have cache with
    result_handler not alive" ("result_hander" before 3.12).  Pass all arguments of an exception to
    super().__init__(), or use concurrent.futures, which raises BrokenProcessPool.
    """
    answered, errors = answers_of(programs, "raise_not_unpickled")
    evidence(errors=errors)
    assert evidence(it_and_a_later_one_are_answered=answered) == "True True"


@claim("POOL02")
@refuted(because="CPython and PyPy: the thread that handles results calls callbacks, and ends")
def test_a_callback_that_raises_does_no_harm(programs, evidence):
    """A callback that raises is reported, and the pool goes on to give results.

    You might expect that of a Future, which logs the exceptions of its callbacks.  A callback of
    Pool runs in the thread that handles all results, and ends it: neither that get() nor any later
    one returns.  Catch everything within a callback.
    """
    answered, errors = answers_of(programs, "abs, (-1,), callback=fail")
    evidence(errors=errors)
    assert evidence(it_and_a_later_one_are_answered=answered) == "True True"


LATE = """
import multiprocessing, os

def early():
    return os.getpid()

if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(1) as pool:

        def late():
            return "late"

        first = pool.apply(os.getpid)
        result = pool.apply_async(late)
        replaced = pool.apply_async(early).get({seconds}) != first
        print(replaced, result.ready())
"""


@claim("POOL03")
@refuted(because="CPython and PyPy: a worker that cannot import the task ends; Pool forgets it")
def test_a_task_that_workers_cannot_import_is_an_error_of_get(start_method, programs, evidence):
    """A task that a worker cannot import is an error of get().

    You might expect "AttributeError: Can't get attribute 'late' on <module '__main__' from ...>"
    (since 3.14 "AttributeError: module '__main__' has no attribute 'late'") from get().  It appears
    on standard error only; the worker ends, and get() never returns.  A forked worker does not find
    what was defined after the pool was made; a spawned one, whose module is '__mp_main__', nothing
    from under the __main__ guard, from python -c or from the interactive prompt.  Instead: define
    the function above the line that makes the Pool, and above the guard, or move it into a module.
    """
    program = programs.run(LATE.format(method=start_method, seconds=PATIENCE))
    control(program.exit_code == 0, program.err)
    replaced, answered = program.out.split()
    control(answered == "True" or "AttributeError: " in program.err, "the task is not found")
    control("True" in (answered, replaced), "the worker has been replaced")
    evidence(error=[line for line in program.err.splitlines() if "AttributeError" in line][:1])
    assert evidence(answered=answered) == "True"
