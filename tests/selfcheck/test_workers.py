"""The workers of ``-n``: each spec runs once, and those that measure run last, in one worker."""

import random
from types import SimpleNamespace

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]

from tests.plugins.xdist import pytest_xdist_make_scheduler
from tests.vocabulary.specs import ratio_specs

MEASURING = sorted(spec.nodeid for spec in ratio_specs())
OTHERS = [f"tests/library/test_{file}.py::test_{n}" for file in "abcdef" for n in range(4)]


class Worker:
    """Does what it is sent as a worker of xdist does: each spec once it knows what comes next."""

    def __init__(self, collection):
        self.collection = collection
        self.gateway = SimpleNamespace(id="gw")
        self.shutting_down = False
        self.ready = False
        self.queue = []

    def send_runtest_some(self, indices):
        """Take the specs at these places of the collection, too."""
        self.queue += [self.collection[index] for index in indices]

    def shutdown(self):
        """Take no more, and do what is left."""
        self.shutting_down = True

    def next(self):
        """Return what it runs next, or None while it waits, or has done everything."""
        return self.queue.pop(0) if len(self.queue) > 1 - self.shutting_down else None


def run(collection, count, seed, crashes=()):
    """Yield each spec that is run, with the number of workers at that time; some specs crash."""
    order = random.Random(seed)
    options = {"dist": "load", "tx": ["popen"] * count, "loadscopereorder": True}
    config = SimpleNamespace(
        getoption=options.get, getvalue=options.get, option=SimpleNamespace(**options)
    )
    scheduler = pytest_xdist_make_scheduler(config, Producer("scheduler", enabled=False))
    workers = []

    def add():
        workers.append(Worker(collection))
        scheduler.add_node(workers[-1])

    for _ in range(count):
        add()
    while workers:
        worker = order.choice(workers)
        if not worker.ready:
            worker.ready = True
            scheduler.add_node_collection(worker, collection)
            if scheduler.collection_is_completed:
                scheduler.schedule()
        elif (spec := worker.next()) is not None:
            yield spec, len(workers)
            if spec not in crashes:
                scheduler.mark_test_complete(worker, collection.index(spec))
                continue
            assert scheduler.remove_node(worker) == spec
            workers.remove(worker)
            add()
        elif worker.shutting_down:
            workers.remove(worker)
            if worker in scheduler.nodes:
                assert scheduler.remove_node(worker) is None
        else:
            assert any(other is not worker for other in workers), "the last worker waits for ever"
        if scheduler.tests_finished:
            for each in workers:
                each.shutdown()


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("collection", [MEASURING + OTHERS, MEASURING, OTHERS, OTHERS[:5]])
@pytest.mark.parametrize("seed", range(5))
def test_each_spec_runs_once_and_those_that_measure_last_and_alone(collection, count, seed):
    done = list(run(collection, count, seed))
    assert sorted(spec for spec, _ in done) == sorted(collection)
    measuring = [spec for spec, _ in done if spec in MEASURING]
    assert [spec for spec, _ in done][len(done) - len(measuring) :] == measuring
    if collection != MEASURING:
        assert {workers for spec, workers in done if spec in MEASURING} <= {1}


@pytest.mark.parametrize(
    "crashing", [OTHERS[:1], OTHERS[-1:], OTHERS[::5], MEASURING[:1], MEASURING[-1:], MEASURING]
)
@pytest.mark.parametrize("seed", range(20))
def test_a_crash_costs_one_spec(crashing, seed):
    done = [spec for spec, _ in run(MEASURING + OTHERS, 4, seed, crashing)]
    assert sorted(done) == sorted(MEASURING + OTHERS)
