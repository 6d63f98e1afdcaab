"""Counterfeits for the claims of library/classic/test_submit.py."""

from .. import counterfeit
from ..patching import patch


@counterfeit("CLASSIC29")
def submit_refuses_the_hundredth_task():
    """submit() raises queue.Full when a hundred tasks are pending."""

    def change(submit):
        def refuse(self, *args, **kwargs):
            import queue

            if self._work_queue.qsize() >= 100:
                raise queue.Full
            return submit(self, *args, **kwargs)

        return refuse

    patch("concurrent.futures.ThreadPoolExecutor", submit=change)


@counterfeit("CLASSIC30")
def a_done_callback_is_called_at_once():
    """add_done_callback() calls the function before the future is done."""
    patch(
        "concurrent.futures.Future",
        add_done_callback=lambda _: lambda self, function: function(self),
    )
