"""Decisions from ratios, on synthetic samples: right, or silent where they cannot be."""

import math
import random
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tests.harness import Inconclusive, interpreter
from tests.plugins import speedup
from tests.plugins.ratios import (
    ERROR_RATE,
    LOOKS,
    MOST_DISTURBED,
    Estimate,
    Samples,
    interval,
)
from tests.plugins.speedup import BEHIND, TRIES, TWO_CORES, Speedup, Spent, evenly
from tests.plugins.speedup import SPED_UP as THRESHOLD


def around(ratio, noise):
    """Return a function that draws figures around the ratio, 2 % off or so."""
    return lambda: ratio * math.exp(noise.gauss(0, 0.02))


def sampled(subject, control, *, peer=None, disturbed=lambda: False):
    """Feed rounds drawn from the functions until the samples are finished; return them.

    The processes gain as much as they have cores, if no ``peer`` says otherwise.
    """
    samples = Samples(THRESHOLD, TWO_CORES, BEHIND)
    while not samples.finished():
        cores = control()
        samples.add(subject(), peer() if peer else cores, cores, disturbed=disturbed())
    return samples


def test_the_interval_is_that_of_the_signed_rank_test():
    """Of five ratios, P(rank sum = 0) = 1/32 and P(rank sum <= 1) = 2/32, on either side."""
    ratios = [2.0**power for power in (1, 2, 4, 8, 16)]
    means = sorted(
        (a + b) / 2 for n, a in enumerate((1, 2, 4, 8, 16)) for b in (1, 2, 4, 8, 16)[n:]
    )
    for error_rate, cut in ((2 / 32, 0), (3.9 / 32, 0), (4 / 32, 1), (6 / 32, 2)):
        low, high = interval(ratios, error_rate)
        assert math.log2(low) == pytest.approx(means[cut])
        assert math.log2(high) == pytest.approx(means[-1 - cut])


def test_too_few_samples_bound_nothing():
    assert interval([1.0] * 9, ERROR_RATE / len(LOOKS)) == (-math.inf, math.inf)
    assert interval([], 0.5) == (-math.inf, math.inf)


@pytest.mark.parametrize(("speed_up", "side"), [(1.0, -1), (1.9, 1)])
def test_a_clear_speed_up_is_decided_at_the_first_look(speed_up, side):
    noise = random.Random(1)
    samples = sampled(lambda: speed_up + noise.gauss(0, 0.05), lambda: 1.9 + noise.gauss(0, 0.1))
    assert samples.side() == side
    assert samples.rounds == LOOKS[0]


@pytest.mark.parametrize("speed_up", [1.0, 1.9])
def test_without_a_second_core_nothing_is_decided(speed_up):
    samples = sampled(lambda: speed_up, lambda: 1.02)
    assert samples.side() == 0
    assert samples.rounds == LOOKS[-1]


@pytest.mark.parametrize("cores", [4 / 3, 1.4, 1.5, 1.6, 1.7, 1.8])
def test_threads_are_not_blamed_for_a_core_that_something_else_keeps_busy(cores):
    """Beside one busy process two workers share two cores with it, and get 4/3.

    Threads need up to a quarter more CPU seconds than processes (measured, without a GIL).
    """
    noise = random.Random(4)
    threads, processes = around(cores * 0.8, noise), around(cores, noise)
    assert -1 not in {sampled(threads, processes).side() for _ in range(20)}


@pytest.mark.parametrize(("threads", "side"), [(0.95, -1), (1.12, 0)])
def test_threads_are_not_blamed_for_two_cores_that_are_halves_of_one(threads, side):
    """Two processes keep both busy, and gain 1.4: with a GIL two threads still gain nothing."""
    noise = random.Random(5)
    drawn = sampled(around(threads, noise), around(1.95, noise), peer=around(1.4, noise))
    assert drawn.side() == side


def test_figures_on_both_sides_of_the_threshold_decide_nothing():
    noise = random.Random(2)
    assert sampled(lambda: noise.choice([0.9, 1.6]), lambda: 1.9).side() == 0


def test_a_lasting_disturbance_ends_the_attempt_early_and_undecided():
    samples = sampled(lambda: 1.0, lambda: 1.9, disturbed=lambda: True)
    assert samples.side() == 0
    assert samples.rounds == samples.disturbed == MOST_DISTURBED


def test_a_busy_machine_is_given_no_more_work_than_it_takes_to_see_that(monkeypatch):
    """No round follows the last disturbed one, also while pytest-benchmark counts the rounds."""
    rounds = []

    def pedantic(subject, *, setup, teardown, rounds):
        for _ in range(rounds):
            setup()
            subject()
            teardown()

    @contextmanager
    def two_processes(work, steps):
        yield lambda: rounds.append(1) or Spent(wall=1.0, cpu=2.0)

    monkeypatch.setattr(speedup, "two_processes", two_processes)
    monkeypatch.setattr(speedup, "calibrate", lambda _: 1)
    monkeypatch.setattr(speedup, "spent", lambda _: Spent(wall=1.0, cpu=0.5))
    monkeypatch.setattr(interpreter, "usable_cores", lambda: 2)
    benchmark = SimpleNamespace(disabled=False, extra_info={}, pedantic=pedantic)
    with pytest.raises(Inconclusive, match=f"in {MOST_DISTURBED} rounds, {MOST_DISTURBED} of them"):
        Speedup(benchmark, "3.08").in_time(len)
    assert len(rounds) == 1 + MOST_DISTURBED  # and the round to warm up


def test_a_disturbed_round_counts_for_nothing():
    samples = Samples(THRESHOLD, TWO_CORES, BEHIND)
    samples.add(9.9, 9.9, 9.9, disturbed=True)
    for _ in range(LOOKS[0]):
        samples.add(1.0, 1.9, 1.9)
    assert samples.side() == -1
    assert Estimate.of(samples.subject).high == 1.0


def test_a_median_on_the_threshold_is_misjudged_no_more_often_than_aimed_at():
    """With outliers, and looked at three times, as in earnest; the seed makes it repeatable."""
    noise = random.Random(3)

    def skewed():
        return THRESHOLD * math.exp(noise.choice([-1, 1]) * noise.expovariate(5))

    trials = 3000
    wrong = sum(sampled(skewed, lambda: 1.9).side() != 0 for _ in range(trials))
    assert wrong / trials <= ERROR_RATE * 1.25
    assert wrong > 0, "a rule that never decides would pass too"


def test_an_estimate_shows_its_median_and_bounds():
    assert repr(Estimate.of([1.0] * 5 + [1.2] * 5)) == "1.10 (1.00 to 1.20)"
    assert repr(Estimate.of([1.0])) == "1.00"


def test_two_processes_work_again_while_one_of_them_is_slower():
    took = iter([Spent(wall, cpu=2, even=wall > 2) for wall in (1, 2, 3, 4)])
    assert evenly(lambda: next(took)).wall == 3


def test_a_machine_whose_cores_are_never_even_does_not_stop_the_rounds():
    took = iter([Spent(wall=1, cpu=2, even=False)] * TRIES)
    assert not evenly(lambda: next(took)).even
    assert list(took) == []
