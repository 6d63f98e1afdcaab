"""A Manager's queues, locks, Condition, Event, Barrier and Pool: threading's, by proxy.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.managers.SyncManager
"""

import os
import queue
import threading

from tests.harness import GRACE, PATIENCE, before, claim, control, never, outcome, refuted, until


def use_queue(items):
    seen = [items.get(), items.get(timeout=PATIENCE), items.qsize(), items.full(), items.empty()]
    seen += [items.put("x"), items.put_nowait("y"), items.put("z", True, PATIENCE), items.full()]
    errors = outcome(items.put_nowait, "w"), outcome(items.put, "w", True, 0.01)
    return seen, [type(error).__name__ for error in errors]


@claim("MG25")
def test_a_managers_queue_is_a_queue(manager, elsewhere, background, evidence):
    """A Manager's Queue is a queue.Queue for all processes: in order, and bounded."""
    items = manager.Queue(3)
    put = [items.put(1), items.put([2])]
    seen, errors = elsewhere(use_queue, items)
    got = [items.get_nowait(), items.get(False), items.get(True, PATIENCE)]
    empty = [outcome(items.get_nowait), background(outcome, items.get, True, 0.01).result()]
    sizes = items.qsize(), items.empty(), items.full()
    evidence(seen=seen, errors=errors, got=got, empty=empty)
    assert put == [None, None]
    assert seen == [1, [2], 0, False, True, None, None, None, True]
    assert errors == ["Full", "Full"]
    assert got == ["x", "y", "z"]
    assert [type(error) for error in empty] == [queue.Empty, queue.Empty]
    assert sizes == (0, True, False)


def get_and_finish(items):
    got = items.get(timeout=PATIENCE)
    items.task_done()
    return got


@claim("MG26")
def test_joining_a_managers_queue_waits_for_its_tasks(manager, elsewhere, background, evidence):
    """join() of a Manager's Queue or JoinableQueue waits until each item has its task_done()."""
    found = {}
    for name in ("Queue", "JoinableQueue"):
        items = getattr(manager, name)()
        items.put("a")
        items.put("b")
        joining = background(items.join)
        first = elsewhere(get_and_finish, items)
        waits = never(lambda: joining.finished, during=GRACE / 3)
        second = elsewhere(get_and_finish, items)
        found[name] = first, waits, second, joining.result(), outcome(items.task_done)
    evidence(found=found)
    for *steps, error in found.values():
        assert steps == ["a", True, "b", None]
        assert type(error) is ValueError


def shut_down(items):
    return items.shutdown(), type(outcome(items.put, 1)).__name__


@claim("X26")
@refuted(where=before("3.13.0"), because="3.13 added Queue.shutdown(), and so to its proxies")
def test_a_managers_queue_can_be_shut_down(manager, elsewhere, evidence):
    """shutdown() of a Manager's Queue makes put() and, once it is empty, get() raise ShutDown.

    One would expect it as with a queue.Queue.  Up to 3.12: "AttributeError: 'AutoProxy[Queue]'
    object has no attribute 'shutdown'".  Instead: put a sentinel for each reader.
    """
    items = manager.Queue()
    items.put("left")
    done = outcome(elsewhere, shut_down, items)
    missing = isinstance(done, AttributeError)
    left = items.get(timeout=PATIENCE)
    after = outcome(items.get_nowait)
    evidence(shutdown=done, left=left, then=after)
    control(left == "left", "what is there is delivered in any case")
    control(missing == isinstance(after, queue.Empty), repr((done, after)))
    assert (done, type(after).__name__) == ((None, "ShutDown"), "ShutDown")


def try_lock(lock):
    tries = []
    for arguments in ((False,), (True, 0.01), (True, PATIENCE if tries == [True] else 0.01)):
        tries.append(lock.acquire(*arguments))
        if tries[-1]:
            lock.release()
    return tries


def enter_lock(lock):
    with lock as entered:
        pass
    return entered


@claim("MG27")
def test_a_managers_locks_exclude_other_processes(manager, elsewhere, background, evidence):
    """Lock, RLock, Semaphore, BoundedSemaphore of a Manager are held against all processes."""
    found = {}
    for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore"):
        lock = getattr(manager, name)()
        taken = lock.acquire()
        refused = elsewhere(try_lock, lock)
        entering = background(elsewhere, enter_lock, lock)
        waits = never(lambda: entering.finished, during=GRACE / 4)
        released = lock.release()
        found[name] = taken, refused, waits, released, entering.result(), elsewhere(try_lock, lock)
    evidence(found=found)
    expected = (True, [False] * 3, True, None, True, [True] * 3)
    assert found == dict.fromkeys(found, expected)


def use_locks(lock, recursive, three, bounded, elsewhere):
    found = {
        "taken again": [
            lock.acquire(),
            lock.acquire(False),
            recursive.acquire(),
            recursive.acquire(False),
        ],
        "half released": [recursive.release(), elsewhere(try_lock, recursive)],
        # The Lock has no owner, and the RLock has one.
        "released elsewhere": elsewhere(release_all, [lock, recursive]),
        "released": recursive.release(),
        "counted": [semaphore.acquire(False) for semaphore in [three] * 4 + [bounded] * 3],
        "grown": [three.release() for _ in range(5)] + [three.acquire(False) for _ in range(6)],
        "bounded": [bounded.release(), bounded.release()],
    }
    return found, [outcome(one.release) for one in (lock, recursive, bounded)]


@claim("MG28")
def test_a_managers_locks_keep_their_kind(manager, elsewhere, background, evidence):
    """A Manager's RLock is recursive, its Semaphore counts; what is not held is not released."""
    locks = manager.Lock(), manager.RLock(), manager.Semaphore(3), manager.BoundedSemaphore(2)
    found, errors = background(use_locks, *locks, elsewhere).result()
    evidence(found=found, errors=errors)
    assert found == {
        "taken again": [True, False, True, True],
        "half released": [None, [False] * 3],
        "released elsewhere": ["NoneType", "RuntimeError"],
        "released": None,
        "counted": [True, True, True, False, True, True, False],
        "grown": [None] * 5 + [True] * 5 + [False],
        "bounded": [None, None],
    }
    assert [type(error) for error in errors] == [RuntimeError, RuntimeError, ValueError]


def release_all(locks):
    return [type(outcome(lock.release)).__name__ for lock in locks]


def are_locked(*locks):
    return [lock.locked() for lock in locks]


@claim("X27")
@refuted(where=before("3.14.0"), because="3.14 added locked() to the proxies of locks")
def test_a_managers_lock_tells_whether_it_is_locked(manager, elsewhere, evidence):
    """A Manager's Lock has locked(), as threading's has; so have its RLock and Condition.

    One would expect so.  Up to 3.13: "AttributeError: 'AcquirerProxy' object has no attribute
    'locked'".  Instead: lock.acquire(False), and release it again.
    """
    locks = manager.Lock(), manager.RLock(), manager.Condition()
    free = outcome(elsewhere, are_locked, *locks)
    for lock in locks:
        lock.acquire()
    held = outcome(elsewhere, are_locked, *locks)
    for lock in locks:
        lock.release()
    evidence(free=free, held=held)
    missing = [isinstance(answer, AttributeError) for answer in (free, held)]
    control(missing[0] == missing[1], repr((free, held)))
    assert (free, held) == ([False] * 3, [True] * 3)


def notify(condition, flag, method, *arguments):
    with condition:
        flag.value += 1
        return getattr(condition, method)(*arguments)


def wait_in_turn(condition, done):
    with condition:
        notified = condition.wait(PATIENCE)
        done.append(notified)


@claim("MG29")
def test_a_managers_condition_wakes_other_processes(manager, elsewhere, background, evidence):
    """A Manager's Condition is waited for and notified across processes: wait(), wait_for()."""
    condition, flag, done = manager.Condition(), manager.Value("i", 0), manager.list()
    waiting = [background(wait_in_turn, condition, done) for _ in range(3)]
    until(lambda: count_waiting(condition, 3), "three threads to wait")
    told = elsewhere(notify, condition, flag, "notify")
    until(lambda: len(done) == 1, "one of them to be woken")
    others = never(lambda: len(done) > 1, during=GRACE / 3)
    told_two = elsewhere(notify, condition, flag, "notify", 1), len(done)
    until(lambda: len(done) == 2, "another one to be woken")
    told_all = elsewhere(notify, condition, flag, "notify_all")
    for one in waiting:
        one.result()
    notifying = (elsewhere, notify, condition, flag, "notify")
    timed_out, late, changed = background(wait_for, condition, flag, background, notifying).result()
    calls = condition.notify, condition.notify_all, condition.wait, condition.release
    errors = [background(outcome, call).result() for call in calls]
    evidence(done=list(done), timed_out=timed_out, wait_for=[late, changed], errors=errors)
    assert (told, told_two[0], told_all) == (None, None, None)
    assert others
    assert list(done) == [True] * 3
    assert (timed_out, late, changed) == (False, [False, 3], "four")
    assert [type(error) for error in errors] == [RuntimeError] * 4


def wait_for(condition, flag, background, notifying):
    with condition:
        timed_out = condition.wait(0.01)
        late = [condition.wait_for(lambda: False, 0.02)]
        late.append(condition.wait_for(lambda: flag.value, PATIENCE))
        changing = background(*notifying)
        changed = condition.wait_for(lambda: flag.value == 4 and "four", PATIENCE)
    changing.result()
    return timed_out, late, changed


def count_waiting(condition, expected):
    """Tell whether so many threads wait: the referent's repr shows how many there are."""
    return f", {expected})>" in str(condition)


def use_event(event, report):
    report([event.is_set(), event.wait(0.01)])
    report(event.wait())
    return [event.is_set(), event.clear(), event.is_set(), event.wait(0.01)]


@claim("MG30")
def test_a_managers_event_reaches_other_processes(
    manager, elsewhere, background, reports, evidence
):
    """A Manager's Event is set and cleared for all processes; wait() tells whether it is set."""
    event = manager.Event()
    using = background(elsewhere, use_event, event, reports.reporter)
    before = reports.next()
    waits = never(lambda: using.finished, during=GRACE / 3)
    done = event.set()
    after = reports.next()
    last = using.result()
    evidence(before=before, after=after, last=last, here=event.is_set())
    assert before == [False, False]
    assert waits
    assert (done, after) == (None, True)
    assert last == [True, None, False, False]
    assert event.is_set() is False
    assert event.set() is None
    assert background(event.wait).result() is True
    assert (event.wait(0.01), event.is_set()) == (True, True)


def meet(barrier, report):
    report(barrier.parties)
    found = outcome(barrier.wait)
    return type(found).__name__ if isinstance(found, Exception) else found


@claim("MG31")
def test_a_managers_barrier_gathers_processes(manager, elsewhere, background, reports, evidence):
    """A Manager's Barrier lets processes go when all its parties wait; abort() breaks it."""
    barrier = manager.Barrier(3)
    meeting = [background(elsewhere, meet, barrier, reports.reporter) for _ in range(2)]
    parties = reports.collect(2)
    until(lambda: barrier.n_waiting == 2, "two processes to wait")
    waits = [one.finished for one in meeting]
    numbers = sorted([barrier.wait(PATIENCE), *(one.result() for one in meeting)])
    waiting = background(elsewhere, meet, barrier, reports.reporter)
    reports.next()
    until(lambda: barrier.n_waiting == 1, "a process to wait")
    whole = barrier.broken
    aborted = barrier.abort(), waiting.result(), barrier.broken, outcome(barrier.wait)
    again = [barrier.reset(), barrier.broken, barrier.n_waiting]
    again.append(background(outcome, barrier.wait, 0.01).result())
    evidence(parties=parties, numbers=numbers, aborted=aborted, again=again)
    assert (parties, barrier.parties) == ([3, 3], 3)
    assert waits == [False, False]
    assert numbers == [0, 1, 2]
    assert whole is False
    assert aborted[:3] == (None, "BrokenBarrierError", True)
    assert again[:3] == [None, False, 0]
    assert [type(one[3]) for one in (aborted, again)] == [threading.BrokenBarrierError] * 2


@claim("MG32")
def test_a_managers_barrier_runs_its_action(manager, background, evidence):
    """A Manager's Barrier takes an action, which runs in the Manager's process, and a timeout."""
    barrier = manager.Barrier(1, os.getpid, 5.0)
    alone = barrier.wait(), barrier.wait()
    failing = manager.Barrier(1, os.stat)
    error = outcome(failing.wait)
    impatient = background(outcome, manager.Barrier(2, timeout=0.01).wait).result()
    evidence(alone=alone, failing_action=error, impatient=impatient)
    assert alone == (0, 0)
    assert (type(error), failing.broken) == (TypeError, True)
    assert type(impatient) is threading.BrokenBarrierError


def square(number):
    return number * number


def pid_after(_):
    return os.getpid()


def use_pool(pool):
    found = [
        pool.apply(square, (3,)),
        pool.map(square, [1, 2, 3]),
        pool.starmap(pow, [(2, 3), (3, 2)]),
        list(pool.imap(square, [3, 1, 2])),
        sorted(pool.imap_unordered(square, [3, 1, 2])),
    ]
    results = [
        pool.apply_async(square, (4,)),
        pool.map_async(square, [4, 5]),
        pool.starmap_async(pow, [(2, 5)]),
    ]
    found += [result.get(timeout=PATIENCE) for result in results]
    states = [(one.wait(), one.ready(), one.successful()) for one in results]
    errors = [outcome(pool.apply, int, ("x",)), outcome(pool.apply_async(int, ("x",)).get)]
    pids = set(pool.map(pid_after, range(4)))
    ended = pool.close(), pool.join(), outcome(pool.apply, square, (1,))
    return found, states, errors, pids, ended


@claim("MG33")
def test_a_managers_pool_works_for_its_clients(manager, background, evidence):
    """A Manager's Pool runs tasks in processes of the Manager's, by every method."""
    with manager.Pool(2) as pool:
        work = background(use_pool, pool).result
        found, states, errors, pids, ended = work()
    evidence(found=found, errors=errors, ended=ended)
    assert found == [9, [1, 4, 9], [8, 9], [9, 1, 4], [1, 4, 9], 16, [16, 25], [32]]
    assert states == [(None, True, True)] * 3
    assert [type(error) for error in errors] == [ValueError] * 2
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2
    assert ended[:2] == (None, None)
    assert type(ended[2]) is ValueError


@claim("MG34")
def test_leaving_a_managers_pool_terminates_it(manager, background, evidence):
    """`with manager.Pool()` terminates the pool at its end; terminate() does so, too."""
    with manager.Pool(1) as pool:
        answer = background(pool.apply, square, (5,)).result()
    after = background(outcome, pool.apply, square, (6,)).result()
    again = pool.terminate(), background(pool.join).result()
    evidence(answer=answer, after=after)
    assert answer == 25
    assert type(after) is ValueError
    assert again == (None, None)
