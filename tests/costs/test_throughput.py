"""How fast messages follow one another, by channel and size of the message."""

import pytest

from tests.costs.channels import CHANNELS, PAYLOADS, not_applicable, tally
from tests.plugins.costs import Question

QUESTION = Question(
    "throughput",
    "What does each of many messages of {payload} cost, by channel?",
    per="message",
)

#: How many messages make a burst, by payload: enough to keep both ends busy.
MESSAGES = {"10 B": 500, "10 kB": 250, "1 MB": 10}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_throughput(cost, background, payload, channel):
    """Send a burst of messages, and wait for the answer that all have arrived.

    Sender and receiver work at the same time, if the interpreter lets them.
    """
    if why := not_applicable(channel):
        pytest.skip(f"not applicable: {why}")
    message = b"m" * PAYLOADS[payload]
    messages = MESSAGES[payload]
    cost.answers(QUESTION, size=len(message), channel=channel, payload=payload)
    answers = set()
    with CHANNELS[channel](background, len(message), tally, messages) as (there, back):

        def send_all():
            for _ in range(messages):
                there.put(message)
            answers.add(back.get())

        cost.of(send_all, operations=messages)
    assert answers == {str(messages * len(message)).encode()}
