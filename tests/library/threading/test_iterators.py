"""What 3.15's wrappers of iterators promise to threads.  ITER08 says what a bare generator does.

Source: https://docs.python.org/3/library/threading.html#threading.serialize_iterator
"""

import threading

from tests.harness import GRACE, before, claim, kinds, never, outcome, pause, refuted, until

every_spec = [
    refuted(
        where=before("3.15.0"),
        because="3.15 added it (gh-124397)",
        by="AttributeError: module 'threading' has no attribute '",
    )
]


@claim("ITER01")
def test_threading_wraps_iterators_for_threads(evidence):
    """threading has serialize_iterator, synchronized_iterator and concurrent_tee.

    Before 3.15: "AttributeError: module 'threading' has no attribute 'serialize_iterator'".
    3.15 added the three for sharing an iterator between threads (gh-124397).  Instead: a lock
    around next(), or a queue.Queue that one thread fills.
    """
    one = [*threading.serialize_iterator(iter("abc"))]
    reverse = [*threading.synchronized_iterator(reversed)("abc")]
    two = [[*each] for each in threading.concurrent_tee("ab")]
    assert evidence(serialized=one, synchronized=reverse) == (["a", "b", "c"], ["c", "b", "a"])
    assert evidence(tee=two) == [["a", "b"], ["a", "b"]]


@claim("ITER01")
def test_serialize_iterator_takes_any_iterable(evidence):
    """serialize_iterator() makes an iterator of any iterable, and raises TypeError for others."""
    shared = threading.serialize_iterator("ab")
    wrong = outcome(threading.serialize_iterator, 7)
    assert evidence(is_iterator=iter(shared) is shared, wrong=kinds([wrong])) == (
        True,
        ["TypeError"],
    )


def taken_by_four(background, share):
    """Let four threads empty one generator at the same time, and return all that they got."""
    asking = []

    def numbers():
        until(lambda: len(asking) == 4, "all threads to ask")
        pause(GRACE / 6)  # they have time to enter next()
        yield from range(40)

    shared = share(numbers())

    def take_all():
        asking.append(True)
        return [*shared]

    tasks = [background(take_all) for _ in range(4)]
    return sorted(item for task in tasks for item in task.result())


@claim("ITER02")
def test_a_serialized_iterator_serves_many_threads(background, evidence):
    """threading.serialize_iterator lets threads share a generator: each item goes to one of them.

    A bare generator raises ValueError (ITER08).  Here threads wait for each other.  Before 3.15
    (gh-124397) put a lock around next() yourself.
    """
    taken = taken_by_four(background, threading.serialize_iterator)
    assert evidence(taken=taken) == [*range(40)]


def echo():
    """Yield what is sent, and the arguments of a LookupError that is thrown."""
    got = None
    while True:
        try:
            got = yield got
        except LookupError as error:
            got = error.args


@claim("ITER03")
def test_serialized_generators_keep_their_methods(evidence):
    """serialize_iterator passes send(), throw() and close() on, one at a time, like next().

    3.15 added it (gh-124397).
    """
    shared = threading.serialize_iterator(echo())
    answers = [next(shared), shared.send(1), shared.throw(LookupError(2)), shared.close()]
    assert evidence(answers=answers) == [None, 1, (2,), None]
    closed = [outcome(next, shared), outcome(shared.send, 3)]
    assert evidence(when_closed=kinds(closed)) == ["StopIteration", "StopIteration"]


@claim("ITER03")
def test_a_serialized_list_has_no_generator_methods(evidence):
    """send() and close() of a serialized iterator that is no generator raise AttributeError."""
    shared = threading.serialize_iterator([1])
    answers = [outcome(shared.send, 1), outcome(shared.close)]
    assert evidence(answers=kinds(answers)) == ["AttributeError", "AttributeError"]


@claim("ITER03")
def test_send_waits_while_another_thread_is_inside(background, evidence):
    """send() waits while the serialized generator runs in another thread."""
    inside, go_on = [], []

    def slow():
        got = yield
        while True:
            inside.append(got)
            until(lambda: go_on, "the permission to go on")
            got = yield got

    shared = threading.serialize_iterator(slow())
    next(shared)
    first = background(shared.send, 1)
    until(lambda: inside, "the generator to be entered")
    second = background(shared.send, 2)
    waits = never(lambda: second.finished, during=GRACE / 4)
    go_on.append(True)
    answers = [first.result(), second.result()]
    assert evidence(second_waits=waits, answers=answers) == (True, [1, 2])


@claim("ITER04")
def test_a_decorated_generator_serves_many_threads(background, evidence):
    """@threading.synchronized_iterator lets threads share all generators of a function.

    3.15 added it (gh-124397).
    """

    @threading.synchronized_iterator
    def passed(items):
        yield from items

    assert evidence(taken=taken_by_four(background, passed)) == [*range(40)]


@claim("ITER04")
def test_a_decorated_generator_keeps_its_name(evidence):
    """With @threading.synchronized_iterator a function keeps its name and its arguments."""

    @threading.synchronized_iterator
    def passed(items, *, times=1):
        for _ in range(times):
            yield from items

    items = [[*passed("ab", times=2)], [*passed(items="c")]]
    assert evidence(name=passed.__name__, items=items) == (
        "passed",
        [["a", "b", "a", "b"], ["c"]],
    )


@claim("ITER05")
def test_a_concurrent_tee_gives_each_thread_all(background, evidence):
    """threading.concurrent_tee(iterable, n=2): n iterators, each with all items, for n threads.

    It reads the source once.  itertools.tee promises nothing to threads.  3.15 added it
    (gh-124397); before, fill a queue.Queue for each thread.
    """
    read = []

    def numbers():
        for number in range(50):
            read.append(number)
            yield number

    tasks = [background(list, each) for each in threading.concurrent_tee(numbers(), 4)]
    got = [task.result() for task in tasks]
    assert evidence(got=got) == [[*range(50)]] * 4
    assert evidence(read=read) == [*range(50)]


@claim("ITER05")
def test_a_concurrent_tee_makes_a_tuple(evidence):
    """concurrent_tee() returns a tuple of n iterators, empty for 0; n < 0 is a ValueError."""
    sizes = [len(threading.concurrent_tee("ab", n)) for n in (0, 1, 3)]
    wrong = outcome(threading.concurrent_tee, "ab", -1)
    assert type(threading.concurrent_tee("ab", 0)) is tuple
    assert evidence(sizes=sizes, wrong=kinds([wrong])) == ([0, 1, 3], ["ValueError"])


@claim("ITER05")
def test_the_iterators_of_a_concurrent_tee_are_independent(evidence):
    """Each iterator of a concurrent_tee() advances by itself, also past another's end."""
    first, second = threading.concurrent_tee("ab")
    steps = [next(first), next(first), next(second), next(first, "end"), next(second)]
    assert evidence(steps=steps) == ["a", "b", "a", "end", "b"]
