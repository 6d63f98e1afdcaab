"""Deciding a claim about time from ratios, sampled in interleaved rounds until they decide.

Pure arithmetic.  No absolute time ever decides; a machine that cannot decide gets no verdict.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

#: The probability aimed at of a wrong verdict, over all looks at one claim's samples.
ERROR_RATE = 0.01

#: The numbers of undisturbed rounds after which a decision is tried.  Each look may err with
#: ERROR_RATE / len(LOOKS) (Bonferroni), and ten rounds are the fewest that can be that sure.
LOOKS = (10, 14, 18)

#: Disturbed rounds after which the attempt ends: the machine is busy, and the next round would
#: only cost more of its time.
MOST_DISTURBED = 6


def interval(ratios: Sequence[float], error_rate: float) -> tuple[float, float]:
    """Return the interval that covers the middle of the ratios' distribution, and no wider.

    It misses with a probability of at most ``error_rate`` if their logarithms are distributed
    symmetrically, as those of two times that the same noise disturbs are: the exact interval of
    Wilcoxon's signed-rank test (Hodges and Lehmann).  Returns infinite bounds where the ratios
    are too few for that.
    """
    logs = sorted(math.log(ratio) for ratio in ratios)
    means = sorted((a + b) / 2 for n, a in enumerate(logs) for b in logs[n:])
    cut, tail = -1, 0.0
    for ways in _rank_sums(len(logs)):
        tail += ways / 2 ** len(logs)
        if 2 * tail > error_rate:
            break
        cut += 1
    if cut < 0:
        return -math.inf, math.inf
    return math.exp(means[cut]), math.exp(means[-1 - cut])


def _rank_sums(count: int) -> list[int]:
    """Return in how many ways some of the ranks 1 to ``count`` add up to 0, 1, 2, ..."""
    ways = [1]
    for rank in range(1, count + 1):
        longer = ways + [0] * rank
        for total, number in enumerate(ways):
            longer[total + rank] += number
        ways = longer
    return ways


@dataclass(frozen=True)
class Estimate:
    """The median of ratios with the interval that surely contains it (see ERROR_RATE)."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Estimate":
        """Estimate from samples; with none, the median is not a number."""
        low, high = interval(samples, ERROR_RATE / len(LOOKS))
        return cls(statistics.median(samples) if samples else math.nan, low, high, len(samples))

    def side_of(self, threshold: float) -> int:
        """Return 1 or -1 if the median surely lies above or below the threshold, else 0."""
        return (self.low > threshold) - (self.high < threshold)

    def __repr__(self) -> str:
        if not self.rounds:
            return "unknown"
        bounds = f" ({self.low:.2f} to {self.high:.2f})" if math.isfinite(self.low) else ""
        return f"{self.median:.2f}{bounds}"


@dataclass
class Samples:
    """The rounds so far: the subject's ratio and the control's, where nothing disturbed them.

    The control shows, in the same rounds, that the machine had cores to give: it must surely
    exceed ``control_above`` before the side of ``threshold`` on which the subject lies counts.
    And a subject below the threshold counts only if it surely has less than ``behind`` times the
    ``peer``'s ratio, which is the same figure of something that is known to gain: where the cores
    of a virtual machine are halves of one, they are all busy, and yet nothing gains much.
    """

    threshold: float
    control_above: float
    behind: float
    subject: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    control: list[float] = field(default_factory=list)
    disturbed: int = 0

    def add(self, subject: float, peer: float, control: float, *, disturbed: bool = False) -> None:
        """Add one round; a disturbed one is only counted."""
        if disturbed:
            self.disturbed += 1
        else:
            self.subject.append(subject)
            self.peer.append(peer)
            self.control.append(control)

    @property
    def rounds(self) -> int:
        """How many rounds there were, the disturbed ones included."""
        return len(self.subject) + self.disturbed

    def side(self) -> int:
        """Return on which side of the threshold the subject is (1 or -1), or 0: undecided."""
        if Estimate.of(self.control).side_of(self.control_above) != 1:
            return 0
        side = Estimate.of(self.subject).side_of(self.threshold)
        share = Estimate.of([own / its for own, its in zip(self.subject, self.peer, strict=True)])
        return 0 if side < 0 and share.side_of(self.behind) != -1 else side

    def finished(self) -> bool:
        """Tell whether to stop: decided at a look, at the last look, or disturbed too often."""
        if self.disturbed >= MOST_DISTURBED or len(self.subject) >= LOOKS[-1]:
            return True
        return len(self.subject) in LOOKS and self.side() != 0
