"""What processes share, and what is copied: globals, objects, counters and large data."""

from tests.harness import (
    DEFAULT_START_METHOD,
    START_METHODS,
    applies,
    cases,
    claim,
    question,
    refuted,
)

#: Under which start method a program is run: the default, and each by its name.
METHODS = ("default", "fork", "spawn")

where_it_exists = applies(
    because="needs fork, which only POSIX systems have; not Windows or WebAssembly",
    method=("default", *START_METHODS),
)

FORKED = "a forked child is a copy of the whole parent, with all its globals as they are at start()"


def forks(method):
    """Tell whether children are forked under a start method, which may be the default one."""
    return "fork" in (method, DEFAULT_START_METHOD if method == "default" else "")


@claim("ASK08")
@question("I set a global under if __name__ == '__main__'. Why is it None in the child process?")
@cases(method=METHODS)
@where_it_exists
@refuted(method="fork", because=FORKED)
@refuted(where=DEFAULT_START_METHOD == "fork", method="default", because=FORKED)
def test_my_global_variable_is_none_in_the_child(method, broken, repaired):
    """A child that is not forked imports the program anew, without what is under the guard.

    So it is on Windows always, on macOS since 3.8 (spawn), and on Linux since 3.14 (forkserver); a
    program that was written where fork was the default breaks there (MAIN11).  A global that the
    main program assigns later, at run time, is not seen by such a child either (INHERIT16).

    Instead: pass what the work needs in args, or to a Pool by initializer and initargs.  That
    works under every start method.
    """
    assert repaired(method) == ["settings: fast"]
    assert broken(method) == ["settings: None"]


@claim("ASK09")
@question("I run a method in a Process. Why is the attribute of my object (self) not changed?")
def test_the_method_does_not_change_my_object(broken, repaired):
    """The process works on a copy of self, so the object of the parent stays as it was.

    A bound method is sent to the process together with its object: by pickle, or by fork, which
    copies everything (PICKLE11, GIVE10).  Attributes that the method sets are those of the copy.
    With a ProcessPoolExecutor or a Pool it is the same (PEXEC16); threads share the object.

    Instead: return what has changed, be it self, and assign the return value in the parent.
    """
    assert broken() == ["balance: 0"]
    assert repaired() == ["balance: 5"]


@claim("ASK10")
@question("Value has a lock. Why do my processes still count too little with value += 1?")
def test_a_shared_value_counts_too_little(broken, repaired):
    """total.value += 1 takes the lock twice, to read and to write; in between others may read.

    That is a race condition: here four processes have all read 0 before the first one writes 1, and
    three updates are lost.  Each single access is atomic, += is not, and without the Barrier it
    is the same, but only now and then (VALUE14, VALUE22).

    Instead: hold the lock around reading and writing, "with total.get_lock():" (VALUE13), and do
    the work itself outside of it, so that the processes still work at the same time.
    """
    assert broken() == ["total: 1"]
    assert repaired() == ["total: 4"]


@claim("ASK67")
@question("Why does every process get the same random numbers (numpy.random, random.Random)?")
def test_every_process_draws_the_same_random_numbers(broken, repaired):
    """A generator with a seed is copied by fork, or made anew from its seed: each draws the same.

    Without a seed, a generator of the module is the same in forked children only.  numpy.random,
    default_rng() and the workers of a data loader are alike; the functions of the module random are
    not: they are seeded anew in each child (INHERIT27, INHERIT28, FORK14).

    Instead: give each process, or each task, a seed of its own, made of one seed and its number.
    Then the numbers differ, and are the same in the next run.
    """
    assert broken() == ["the same"]
    assert repaired() == ["different"]


@claim("ASK68")
@question("votes = manager.dict(); votes['x']['y'] = 1 changes nothing. Why is it not updated?")
def test_the_inner_dict_of_a_manager_stays_empty(broken, repaired):
    """votes["x"] is a copy of the inner dict: only the copy is changed, and nothing is raised.

    A Manager sees assignments to its own dict, not to what is inside of it: nested dicts and lists
    are ordinary ones, which are pickled on the way (MANAGER02).

    Instead: nest proxies, manager.dict() in manager.dict(), or assign the changed inner dict again:
    inner = votes["x"]; inner["y"] = 1; votes["x"] = inner (MANAGER03).
    """
    assert broken() == ["{}"]
    assert repaired() == ["{'yes': 1}"]


@claim("ASK76")
@question("AttributeError: 'ForkAwareLocal' object has no attribute 'connection'. What is wrong?")
def test_forkawarelocal_has_no_attribute_connection(broken, repaired):
    """The Manager has ended before its user did: its with block was left, or its parent ended.

    That AttributeError only tells that this thread has no connection yet.  What matters comes after
    it, as the new connection fails: FileNotFoundError, or ConnectionRefusedError if the Manager was
    killed (MANAGER41).

    Instead: join() the processes, or get() all results, inside of the Manager's with block.
    """
    told = broken()
    assert told[:2] == [
        "Process Process-2:",
        "AttributeError: 'ForkAwareLocal' object has no attribute 'connection'",
    ]
    assert told[-1] == "exit code of the child: 1"
    assert any(line.startswith("FileNotFoundError: ") for line in told)
    assert repaired() == ["['done']", "exit code of the child: 0"]


@claim("ASK11")
@question("My workers only read a 3 GB table. Is it copied into every process of the Pool?")
@cases(method=METHODS)
@where_it_exists
def test_my_big_table_is_copied_for_each_task(method, broken, repaired):
    """An argument is copied with each chunk of tasks; an initializer gets it once per worker.

    The arguments are pickled, sent and unpickled, each time: much overhead for large data, such as
    a pandas DataFrame, and a copy in each worker.  Pool.map() makes four chunks per worker, an
    executor's map() makes a chunk of each single element.  initargs are sent once to each worker; a
    forked worker has them without being sent anything (8.02, INHERIT44).  It shares the memory with
    its parent at first: a page is copied only when it is written to (copy-on-write), but using an
    object writes to its reference count, so little by little the pages are copied all the same.

    Instead: keep the table in a global of the worker, by an initializer.  To use one, write
    Pool(initializer=set_up, initargs=(table,)): each worker calls it once, at its start.  To have
    one copy only, under every start method, put the bytes into SharedMemory (SHM10) or a file for
    mmap.
    """
    assert broken(method) == ["8 copies"]
    assert repaired(method) == ["0 copies" if forks(method) else "2 copies"]
