"""What a terminal shows of a question's programs is told up to their end, and no further."""

import os

import pytest

from tests.plugins.questions import Screen


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
@pytest.mark.timeout(20)
def test_a_child_that_prints_after_the_end_keeps_nobody_waiting():
    screen = Screen()
    os.write(screen.side, b"before" + Screen.END + b"BrokenPipeError")
    assert screen.close() == b"before"
