"""Iterators that threads share: what a generator does, and what 3.15's wrappers promise.

Source: https://docs.python.org/3/library/threading.html#threading.serialize_iterator
"""

import threading
from collections import Counter

from tests.harness import GRACE, PYPY, before, claim, control, never, outcome, refuted, until

refuted_before_3_15 = refuted(where=before("3.15.0") or PYPY, because="3.15 added it (gh-124397)")


def wrapper(name):
    """Return a name of threading; where there is none, a function that raises AttributeError."""

    def missing(*_arguments):
        return getattr(threading, name)

    return getattr(threading, name, missing)


def observed(function):
    """Return what the function returns; before 3.15 nothing but AttributeError will do."""
    seen = outcome(function)
    failed = isinstance(seen, Exception)
    control(not failed or (type(seen) is AttributeError and "threading" in str(seen)), f"{seen!r}")
    return seen


@claim("TH35")
def test_two_threads_cannot_advance_one_generator(background, evidence):
    """next() on a generator that another thread is running raises ValueError.

    "generator already executing": a generator is not queued for.  It goes on unharmed in the
    thread that was first.  Put a lock around next(), or 3.15's threading.serialize_iterator.
    """
    inside, may_go_on = [], []

    def slow():
        for number in range(3):
            inside.append(number)
            until(lambda: may_go_on, "the permission to go on")
            yield number

    generator = slow()
    first = background(next, generator)
    until(lambda: inside, "the generator to be entered")
    refusals = [outcome(next, generator), background(outcome, generator.send, None).result()]
    refusals.append(outcome(generator.close))
    may_go_on.append(True)
    rest = [first.result(), *generator]
    evidence(refusals=refusals, items=rest)
    assert [type(refusal) for refusal in refusals] == [ValueError] * 3
    assert rest == [0, 1, 2]


@claim("TH34")
@refuted_before_3_15
def test_threading_wraps_iterators_for_threads(evidence):
    """threading has serialize_iterator, synchronized_iterator and concurrent_tee.

    Before 3.15: "AttributeError: module 'threading' has no attribute 'serialize_iterator'".
    3.15 added the three for sharing an iterator between threads (gh-124397).  Before: a lock
    around next(), or a queue.Queue that one thread fills.
    """
    seen = observed(
        lambda: (
            [*wrapper("serialize_iterator")(iter("abc"))],
            [*wrapper("synchronized_iterator")(reversed)("abc")],
            [[*one] for one in wrapper("concurrent_tee")("ab")],
            iter(one := wrapper("serialize_iterator")("ab")) is one,
            type(outcome(wrapper("serialize_iterator"), 7)),
        )
    )
    evidence(seen=seen)
    assert seen == (["a", "b", "c"], ["c", "b", "a"], [["a", "b"], ["a", "b"]], True, TypeError)


def shared_by_four(background, wrap):
    """Let four threads empty one generator; return all they got, and their errors by type."""
    asked = []

    def numbers():
        for number in range(40):
            if number == 0:  # in here until the others are asking
                until(lambda: len(asked) == 4, "all threads to ask")
                never(lambda: False, during=GRACE / 6)
            yield number

    shared = wrap(numbers())

    def take_all():
        asked.append(True)
        return [*shared]

    tasks = [background(outcome, take_all) for _ in range(4)]
    results = [task.result() for task in tasks]
    got = sorted(item for one in results if isinstance(one, list) for item in one)
    return got, Counter(type(one).__name__ for one in results if isinstance(one, Exception))


@claim("X17")
@refuted_before_3_15
def test_a_serialized_iterator_serves_many_threads(background, evidence):
    """threading.serialize_iterator lets threads share a generator: each item goes to one of them.

    Without it they raise "ValueError: generator already executing".  It makes them wait for each
    other by a lock around next(), which you write yourself before 3.15 (gh-124397).
    """
    _, refused = shared_by_four(background, iter)
    control(refused["ValueError"] > 0, f"a bare generator refuses other threads: {refused}")
    seen = observed(lambda: shared_by_four(background, wrapper("serialize_iterator")))
    evidence(bare=dict(refused), serialized=seen)
    assert seen == ([*range(40)], {})


@claim("TH119")
@refuted_before_3_15
def test_serialized_generators_keep_their_methods(background, evidence):
    """serialize_iterator passes send(), throw() and close() on, one at a time, like next().

    An iterator without them raises AttributeError.  3.15 added it (gh-124397).
    """

    def echo():
        got = "first"
        while True:
            try:
                got = yield got
            except LookupError as error:
                got = error.args

    def use():
        shared = wrapper("serialize_iterator")(echo())
        answers = [next(shared), shared.send("second"), shared.throw(LookupError("third"))]
        answers += [background(shared.send, 4).result(), next(shared), shared.close()]
        answers += [type(outcome(next, shared)), type(outcome(shared.send, 1))]
        plain = wrapper("serialize_iterator")([1])
        return [*answers, type(outcome(plain.send, 1)), type(outcome(plain.close))]

    seen = observed(use)
    evidence(seen=seen)
    ends = [StopIteration, StopIteration, AttributeError, AttributeError]
    assert seen == ["first", "second", ("third",), 4, None, None, *ends]


@claim("TH120")
@refuted_before_3_15
def test_a_decorated_generator_serves_many_threads(background, evidence):
    """@threading.synchronized_iterator makes all generators of a function fit for threads.

    The function keeps its name and its arguments.  3.15 added it (gh-124397).
    """

    def use():
        @wrapper("synchronized_iterator")
        def passed(items, *, times=1):
            for _ in range(times):
                yield from items

        name = (passed.__name__, [*passed("ab", times=2)], [*passed(items="c")])
        return name, shared_by_four(background, passed)

    seen = observed(use)
    evidence(seen=seen)
    assert seen == (("passed", ["a", "b", "a", "b"], ["c"]), ([*range(40)], {}))


@claim("TH121")
@refuted_before_3_15
def test_a_concurrent_tee_gives_each_thread_all(background, evidence):
    """threading.concurrent_tee(iterable, n=2): n iterators, each with all items, for n threads.

    itertools.tee promises nothing for threads.  n=0 gives an empty tuple, n < 0 is a ValueError.
    The source is read once.  3.15 added it (gh-124397); before, fill a queue.Queue for each.
    """

    def use():
        tee, taken = wrapper("concurrent_tee"), []

        def numbers():
            for number in range(50):
                taken.append(number)
                yield number

        tasks = [background(list, one) for one in tee(numbers(), 4)]
        streams = [task.result() for task in tasks]
        kinds = [type(tee("ab", n)) for n in (0, 1, 3)] + [len(tee("ab", n)) for n in (0, 1, 3)]
        first, second = tee("ab")
        ahead = [next(first), next(first), next(second), type(outcome(next, first)), next(second)]
        return streams, taken, kinds, ahead, type(outcome(tee, "ab", -1))

    seen = observed(use)
    evidence(seen=seen)
    everything = [*range(50)]
    kinds = [tuple, tuple, tuple, 0, 1, 3]
    ahead = ["a", "b", "a", StopIteration, "b"]
    assert seen == ([everything] * 4, everything, kinds, ahead, ValueError)
