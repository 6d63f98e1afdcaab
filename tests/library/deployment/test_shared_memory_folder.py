"""The folder /dev/shm: which things of multiprocessing are files there, and what lacks room.

On Linux a semaphore and a block of shared memory are files in /dev/shm.  AWS Lambda, strict
containers and snaps have none that can be written; Docker gives it 64 MiB.

Source: https://man7.org/linux/man-pages/man7/shm_overview.7.html
"""

import errno
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory
from multiprocessing.connection import Listener
from multiprocessing.pool import ThreadPool

from tests.harness import PATIENCE, cases, claim, control, joined, outcome, predicts, refuted
from tests.library.deployment import places
from tests.library.deployment.places import needs_linux

every_spec = [needs_linux]


def start_and_join():
    child = multiprocessing.Process(target=int)
    child.start()
    joined(child)


def use_an_executor():
    with ProcessPoolExecutor(1) as executor:
        executor.submit(int).result(PATIENCE)


def use_a_pool(make):
    with make(1) as pool:
        pool.apply_async(int).get(PATIENCE)


def use_a_manager():
    with multiprocessing.Manager() as manager:
        letters = manager.Queue()
        with manager.Lock():
            letters.put("letter")
        letters.get()


def use_shared_memory(size=100):
    block = shared_memory.SharedMemory(create=True, size=size)
    block.close()
    block.unlink()


def use_pipe_and_listener():
    multiprocessing.Pipe()
    Listener().close()


WITHOUT = {
    "Process": start_and_join,
    "Pipe and Listener": use_pipe_and_listener,
    "Queue and Lock of a Manager": use_a_manager,
}
WITH = {
    "Lock": lambda: multiprocessing.Lock(),
    "Event": lambda: multiprocessing.Event(),
    "Queue": lambda: multiprocessing.Queue(),
    "SimpleQueue": lambda: multiprocessing.SimpleQueue(),
    "Value": lambda: multiprocessing.Value("i"),
    "Array without lock": lambda: multiprocessing.Array("B", 100, lock=False),
    "SharedMemory": use_shared_memory,
    "Pool": lambda: use_a_pool(multiprocessing.Pool),
    "ProcessPoolExecutor": use_an_executor,
}
THREADS = {"ThreadPool": lambda: use_a_pool(ThreadPool)}


def tried(things):
    """Return what comes of each of these: "works" or the error, and the error's number."""
    found = {}
    for name, use in things.items():
        error = outcome(use)
        text = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else "works"
        found[name] = [text, getattr(error, "errno", None)]
    return found


def in_a_read_only_folder():
    return places.in_a_place(
        lambda: places.have_a_shared_memory_folder(places.READ_ONLY),
        lambda: tried({**WITHOUT, **WITH, **THREADS}),
    )


def without_the_folder():
    return places.in_a_place(
        places.have_no_shared_memory_folder, lambda: tried({"Lock": WITH["Lock"]})
    )


def fill_the_folder():
    places.have_a_shared_memory_folder(options="size=4k")
    with open("/dev/shm/full", "wb") as file:  # noqa: S108
        file.write(bytes(4096))


def in_a_full_folder():
    things = {name: WITH[name] for name in ("Lock", "Queue", "SharedMemory")}
    return places.in_a_place(fill_the_folder, lambda: tried(things))


@claim("DEPLOY01")
@predicts("H11")
@cases(thing=tuple(WITH))
def test_semaphores_need_a_folder_that_can_be_written(thing, programs, evidence):
    """Where /dev/shm is read-only, making a Lock, a Queue, a Pool or an executor raises OSError.

    "OSError: [Errno 30] Read-only file system": a semaphore is a file there, and all these have
    one.  (If the folder does not let the user write: PermissionError; chmod 1777 /dev/shm.)  AWS
    Lambda, strict containers and snaps are such places.  Instead: Process and Pipe, a Manager's
    Queue and Lock, a ThreadPoolExecutor; or mount a tmpfs at /dev/shm.
    """
    error, number = places.seen_in(programs, in_a_read_only_folder)[thing]
    assert evidence(error=error).startswith("OSError: [Errno 30] Read-only file system")
    assert number == errno.EROFS


@claim("DEPLOY02")
@predicts("H11")
@cases(thing=tuple(WITHOUT))
def test_processes_and_pipes_do_not_need_the_folder(thing, programs, evidence):
    """A Process, a Pipe and a Manager with its Queue and Lock work where /dev/shm is read-only.

    Pipes and sockets are no files in /dev/shm, and a Manager's Lock is threading's, in its process.
    So they are what is left on AWS Lambda, where a Lock or a Pool raises OSError.
    """
    seen, _ = places.seen_in(programs, in_a_read_only_folder)[thing]
    assert evidence(outcome=seen) == "works"


@claim("DEPLOY03")
@predicts("H11")
@refuted(because="every Pool, of threads too, makes a multiprocessing.SimpleQueue, with a Lock")
def test_a_thread_pool_works_without_the_folder(programs, evidence):
    """multiprocessing.pool.ThreadPool works where /dev/shm is read-only: it has threads only.

    In fact it raises "OSError: [Errno 30] Read-only file system", as Pool does: both tell their
    caretaker of changes by a SimpleQueue between processes.  Instead:
    concurrent.futures.ThreadPoolExecutor, which needs nothing of the system.
    """
    error, number = places.seen_in(programs, in_a_read_only_folder)["ThreadPool"]
    control(number in (None, errno.EROFS), f"it fails otherwise: {error}")
    assert evidence(outcome=error) == "works"


@claim("DEPLOY04")
@predicts("H11")
def test_a_missing_folder_has_several_errors(programs, evidence):
    """Where there is no /dev/shm, Lock() raises an OSError whose errno depends on the C library.

    "FileNotFoundError: [Errno 2] No such file or directory" by a recent one; older ones, such as
    that of AWS Lambda, look for the file system first: OSError "[Errno 38] Function not
    implemented".  So catch OSError, and not one of its kinds, to fall back to threads.
    """
    error, number = places.seen_in(programs, without_the_folder)["Lock"]
    evidence(error=error)
    assert number in (errno.ENOENT, errno.ENOSYS)


LACKING = """
import _multiprocessing
del _multiprocessing.SemLock

import multiprocessing.pool

print(type(multiprocessing.Pipe()).__name__)
try:
    print({call})
except Exception as error:
    print(f"{{type(error).__name__}}: {{error}}")
"""


@claim("DEPLOY38")
@cases(
    call=(
        "multiprocessing.Lock()",
        "multiprocessing.Queue()",
        "multiprocessing.Pool(1)",
        "multiprocessing.pool.ThreadPool(1)",
    )
)
def test_a_system_without_semaphores_has_no_locks_for_processes(call, programs, evidence):
    """On a system without semaphores Lock(), Queue(), Pool() and ThreadPool() raise ImportError.

    "ImportError: This platform lacks a functioning sem_open implementation...": Android is one, so
    it is seen in Termux and in apps; WebAssembly is another.  ProcessPoolExecutor() raises
    NotImplementedError there.  A Process and a Pipe work.  Instead: catch ImportError, too, to fall
    back to threading, queue.Queue and ThreadPoolExecutor, which need none.
    """
    program = programs.run(LACKING.format(call=call))
    pipe, error = program.lines
    control((pipe, program.err) == ("tuple", ""), f"a pipe can be made: {program!r}")
    said = "ImportError: This platform lacks a functioning sem_open implementation"
    assert evidence(error=error).startswith(said)


@claim("DEPLOY05")
@cases(thing=("Lock", "Queue"))
def test_a_full_folder_has_no_room_for_a_lock(thing, programs, evidence):
    """Where /dev/shm is full, making a Lock or a Queue raises OSError, however much memory is free.

    "OSError: [Errno 28] No space left on device": /dev/shm has a size of its own, in Docker 64 MiB,
    and blocks that a killed program has left may fill it.  Instead: docker run --shm-size=1g;
    remove what is left in /dev/shm.
    """
    seen = places.seen_in(programs, in_a_full_folder)
    control(seen["SharedMemory"][0] == "works", f"a block is no memory as yet: {seen}")
    error, number = seen[thing]
    assert (evidence(error=error), number) == (
        "OSError: [Errno 28] No space left on device",
        errno.ENOSPC,
    )


MIB = 1 << 20


def size_of_a_block(size):
    block = shared_memory.SharedMemory(create=True, size=size)
    block.unlink()
    return block.size


def a_block(size):
    block = shared_memory.SharedMemory(create=True, size=size)
    block.unlink()

    def write():
        block.buf[:] = bytes(size)

    return write


def an_array(size):
    array = multiprocessing.Array("B", size, lock=False)

    def write():
        array[:] = bytes(size)

    return write


def write_all(make):
    make(4 * MIB)()


def in_a_small_folder():
    """Make a block that is too large; return its size, and how those end who write such things."""

    def size_and_codes():
        found = {"size": repr(outcome(size_of_a_block, 4 * MIB))}
        for make in (a_block, an_array):
            child = multiprocessing.get_context("fork").Process(target=write_all, args=(make,))
            child.start()
            (found[make.__name__],) = joined(child)
        return found

    return places.in_a_place(
        lambda: places.have_a_shared_memory_folder(options=f"size={MIB}"), size_and_codes
    )


@claim("DEPLOY06")
@predicts("H22")
def test_a_block_that_is_too_large_kills_who_writes(programs, evidence):
    """SharedMemory larger than what is left of /dev/shm is made, and writing kills the process.

    You might expect "No space left on device" or a MemoryError from SharedMemory(size=...).  The
    system reserves nothing: the write that finds no more room is a "Bus error (core dumped)", the
    signal SIGBUS, by the exit code -7; a worker of PyTorch's DataLoader or of a pool is gone.
    Instead: docker run --shm-size=1g, or look at shutil.disk_usage("/dev/shm").free first.
    """
    seen = places.seen_in(programs, in_a_small_folder)
    made = evidence(size=seen["size"], exit_code=seen["a_block"])
    assert made == (str(4 * MIB), -signal.SIGBUS)


@claim("DEPLOY07")
@predicts("H22")
def test_an_array_that_is_too_large_goes_elsewhere(programs, evidence):
    """An Array larger than what is left of /dev/shm is a file in the temporary folder, and works.

    Array, Value and their raw kin look for room first, and are filled with zeros at once, unlike
    SharedMemory.  Where the temporary folder is on a disk they are slower, and nothing says so.
    """
    seen = places.seen_in(programs, in_a_small_folder)
    control(seen["a_block"] != 0, f"the folder is too small: {seen}")
    assert evidence(exit_code=seen["an_array"]) == 0
