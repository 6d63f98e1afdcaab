"""The counterfeit for all questions: each gets the other one of its two programs."""

from importlib.util import find_spec

from .. import counterfeit
from ..patching import patch

#: The number of the last question.
LAST = 84

SWAPPED = {"broken.py": "repaired.py", "repaired.py": "broken.py"}


#: The number of the question about tkinter, which not every build has.
TKINTER = 54

ANSWERED = [number for number in range(1, LAST + 1) if number != TKINTER or find_spec("_tkinter")]


@counterfeit(*(f"ASK{number:02}" for number in ANSWERED))
def the_programs_are_swapped():
    """A broken program is run in place of the repaired one, and the other way round."""

    def change(init):
        def swapped(self, args, *more, **keywords):
            if isinstance(args, list) and "tests/questions" in str(args[-1]):
                folder, name = args[-1].rsplit("/", 1)
                args = [*args[:-1], f"{folder}/{SWAPPED[name]}"]
            init(self, args, *more, **keywords)

        return swapped

    patch("subprocess.Popen", __init__=change)
