"""multiprocessing.managers.SharedMemoryManager: it owns blocks, and unlinks them at its end.

Source: https://docs.python.org/3/library/multiprocessing.shared_memory.html#multiprocessing.managers.SharedMemoryManager
"""

import multiprocessing
from multiprocessing.managers import SharedMemoryManager
from multiprocessing.shared_memory import ShareableList, SharedMemory

from tests.harness import FORK, claim, joined, outcome

#: For what does not depend on how the processes were started.
CHEAPEST = "fork" if FORK else "spawn"


def exists(name):
    """Tell whether there is a block of this name."""
    found = outcome(SharedMemory, name)
    if isinstance(found, FileNotFoundError):
        return False
    found.close()
    return True


def change(memory, shared, report):
    report([memory.size, memory.buf[0], list(shared)])
    memory.buf[0] += 1
    shared[1] = "child"
    memory.close()
    shared.shm.close()


@claim("SM12")
def test_a_managers_blocks_end_with_it(ctx, reports, evidence):
    """SharedMemoryManager makes blocks and lists; shutdown() unlinks them all, by `with` too."""
    with SharedMemoryManager(ctx=ctx) as manager:
        memory, other = manager.SharedMemory(size=128), manager.SharedMemory(16)
        shared = manager.ShareableList([1, "parent", None])
        memory.buf[0] = 41
        child = ctx.Process(target=change, args=(memory, shared, reports.reporter))
        child.start()
        seen = reports.next()
        exit_codes = joined(child)
        after = memory.buf[0], list(shared), len(other.buf)
        names = [memory.name, other.name, shared.shm.name]
        kinds = [type(memory), type(shared), type(manager.address)]
        before_the_end = [exists(name) for name in names]
        for one in (memory, other, shared.shm):
            one.close()
        closed = exists(names[0])
    at_the_end = [exists(name) for name in names]
    evidence(child=seen, after=after, there=before_the_end, after_shutdown=at_the_end)
    assert exit_codes == [0]
    assert seen == [128, 41, [1, "parent", None]]
    assert after == (42, [1, "child", None], 16)
    assert kinds == [SharedMemory, ShareableList, str]
    assert before_the_end == [True, True, True]
    assert closed
    assert at_the_end == [False, False, False]


@claim("SM23")
def test_a_manager_of_memory_starts_and_shuts_down(evidence):
    """A SharedMemoryManager serves from start() to shutdown(); it has get_server() before that."""
    ctx = multiprocessing.get_context(CHEAPEST)
    manager = SharedMemoryManager(ctx=ctx)
    early = outcome(manager.SharedMemory, 16)
    server = manager.get_server()
    kind = type(server).__name__, hasattr(server, "serve_forever")
    server.listener.close()
    manager.start()
    started_twice, served_twice = outcome(manager.start), outcome(manager.get_server)
    memory = manager.SharedMemory(16)
    refused = outcome(manager.SharedMemory, 0)
    there = exists(memory.name)
    memory.close()
    manager.shutdown()
    late = outcome(manager.SharedMemory, 16)
    evidence(early=early, twice=[started_twice, served_twice], refused=refused, late=late)
    assert isinstance(early, Exception)
    assert kind == ("SharedMemoryServer", True)
    assert [type(error).__name__ for error in (started_twice, served_twice)] == ["ProcessError"] * 2
    assert type(refused) is ValueError
    assert (there, exists(memory.name)) == (True, False)
    assert type(late) is FileNotFoundError
