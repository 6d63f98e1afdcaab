"""Observations that are made in one fresh interpreter, each once for all specs of a module."""

from tests.harness import ControlFailed, outcome


def observe(observations):
    """Return what each observation returns; an exception becomes the text "raised ..."."""
    told = {}
    for observation in observations:
        result = outcome(observation)
        told[observation.__name__] = (
            f"raised {type(result).__name__}: {result}" if isinstance(result, Exception) else result
        )
    return told


class Observed:
    """What ``function``, which is to call observe(), tells: the first who asks makes it run."""

    def __init__(self, function):
        self.function = function
        self.told = None

    def __call__(self, observation, programs, evidence):
        """Return what the observation told."""
        if self.told is None:
            self.told = outcome(programs.call, self.function)
        if isinstance(self.told, Exception):
            raise self.told
        result = self.told[observation.__name__]
        evidence(observed=result)
        if isinstance(result, str) and result.startswith("raised "):
            raise ControlFailed(f"{observation.__name__}() {result}")
        return result
