"""A project's tests in small: of these, the first works on 3.13 and no longer on 3.14."""

import multiprocessing
import unittest


class Workers(unittest.TestCase):
    """What two ways to start a worker do."""

    def test_a_local_function_as_the_target(self) -> None:
        """Rests on fork, which is the default before 3.14 on Linux."""

        def work() -> None:
            pass

        process = multiprocessing.Process(target=work)
        process.start()
        process.join()
        self.assertEqual(process.exitcode, 0)  # noqa: PT009

    def test_a_function_of_a_module_as_the_target(self) -> None:
        """Works by every start method."""
        process = multiprocessing.Process(target=int)
        process.start()
        process.join()
        self.assertEqual(process.exitcode, 0)  # noqa: PT009
