"""multiprocessing.managers.SharedMemoryManager: it owns blocks, and unlinks them at its end.

Source: https://docs.python.org/3/library/multiprocessing.shared_memory.html#multiprocessing.managers.SharedMemoryManager
"""

import multiprocessing
from multiprocessing.managers import SharedMemoryManager
from multiprocessing.shared_memory import SharedMemory

from tests.harness import (
    DEFAULT_START_METHOD,
    WINDOWS,
    claim,
    control,
    kinds,
    outcome,
    refuted,
    run_child,
)

#: For what does not depend on how the processes were started.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def exists(name):
    """Tell whether there is a block of this name."""
    found = outcome(SharedMemory, name)
    if isinstance(found, FileNotFoundError):
        return False
    found.close()
    return True


@claim("MANAGER50")
@refuted(
    where=WINDOWS,
    because="Windows removes a block with the last process that has it open; the manager has none",
)
def test_a_managers_blocks_end_with_it(evidence):
    """SharedMemoryManager makes blocks and lists; shutdown() unlinks them all, by `with` too.

    On Windows a block is gone as soon as the last process has closed it.
    """
    with SharedMemoryManager(ctx=here) as manager:
        blocks = manager.SharedMemory(128), manager.SharedMemory(16), manager.ShareableList([1]).shm
        names = [block.name for block in blocks]
        for block in blocks:
            block.close()
        while_it_serves = [exists(name) for name in names]
    afterwards = [exists(name) for name in names]
    assert evidence(while_it_serves=while_it_serves) == [True, True, True]
    assert evidence(after_shutdown=afterwards) == [False, False, False]


#: A program with blocks of a manager; the parent has them open, too.
WITH_A_MANAGER = """
import multiprocessing
from multiprocessing.managers import SharedMemoryManager

if __name__ == "__main__":
    with SharedMemoryManager(ctx=multiprocessing.get_context({method!r})) as manager:
        manager.SharedMemory(8).close()
        manager.ShareableList([1]).shm.close()
    print("done")
"""


@claim("MANAGER50")
def test_a_program_with_a_manager_of_memory_leaks_nothing(start_method, programs, evidence):
    """A program that has memory of a SharedMemoryManager ends without a warning.

    The manager and its program have one resource tracker, under fork too.  If each had its own,
    the program's would warn of "leaked shared_memory objects to clean up at shutdown".
    """
    program = programs.run(WITH_A_MANAGER.format(method=start_method))
    control(program.out.strip() == "done", f"it must end well: {program}")
    assert evidence(errors=program.err) == ""


def change(memory, shared):
    memory.buf[0] += 1
    shared[1] = "child"
    memory.close()
    shared.shm.close()


@claim("MANAGER50")
def test_a_managers_blocks_are_shared_with_children(ctx, evidence):
    """A child can be given the blocks and lists of a SharedMemoryManager, and changes them."""
    with SharedMemoryManager(ctx=ctx) as manager:
        memory, shared = manager.SharedMemory(size=128), manager.ShareableList([1, "parent", None])
        memory.buf[0] = 41
        run_child(ctx, change, memory, shared)
        found = memory.buf[0], list(shared)
        memory.close()
        shared.shm.close()
    assert evidence(found=found) == (42, [1, "child", None])


@claim("MANAGER51")
def test_a_manager_of_memory_starts_and_shuts_down(evidence):
    """A SharedMemoryManager serves from start() to shutdown(); it has get_server() before that."""
    manager = SharedMemoryManager(ctx=here)
    before = outcome(manager.SharedMemory, 16)
    manager.start()
    memory = manager.SharedMemory(16)
    memory.close()
    manager.shutdown()
    after = outcome(manager.SharedMemory, 16)
    evidence(before=before, after=after)
    assert (type(before), isinstance(after, OSError)) == (ValueError, True)
    assert evidence(still_there=exists(memory.name)) is False


@claim("MANAGER51")
def test_a_manager_of_memory_is_started_once(evidence):
    """get_server() works before start() only; afterwards both of them raise ProcessError.

    "ProcessError: Already started SharedMemoryServer".  Make a new manager, or let one thread start
    it.
    """
    manager = SharedMemoryManager(ctx=here)
    server = manager.get_server()
    server.listener.close()
    with manager:
        errors = [outcome(manager.start), outcome(manager.get_server)]
    assert kinds([evidence(server=server)]) == ["SharedMemoryServer"]
    assert kinds(evidence(errors=errors)) == ["ProcessError", "ProcessError"]
