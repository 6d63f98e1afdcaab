import multiprocessing
import os
import unittest


class Test(unittest.TestCase):
    @staticmethod
    def work():
        os.write(1, b"ok")

    def test(self):
        child = multiprocessing.Process(target=self.work)
        child.start()
        child.join()


if __name__ == "__main__":
    unittest.main()
