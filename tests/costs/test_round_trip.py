"""How long an answer takes, by channel and size of the message."""

import pytest

from tests.costs.channels import CHANNELS, PAYLOADS, echo, not_applicable
from tests.plugins.costs import Question

QUESTION = Question(
    "round-trip",
    "How long does a message of {payload} take there and back, by channel?",
    per="round trip",
)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_round_trip(cost, background, payload, channel):
    """Send a message to another thread, process or interpreter, and get it back.

    The other end waits for it, so a small message takes mostly the time of switching threads.
    """
    if why := not_applicable(channel):
        pytest.skip(f"not applicable: {why}")
    message = b"m" * PAYLOADS[payload]
    cost.answers(QUESTION, size=len(message), channel=channel, payload=payload)
    answers = []
    with CHANNELS[channel](background, len(message), echo) as (there, back):

        def ask():
            there.put(message)
            answers[:] = [back.get()]

        cost.of(ask)
    assert answers == [message]
