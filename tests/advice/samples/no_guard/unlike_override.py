import multiprocessing
import os


def work():
    os.write(1, b"ok")


class Model:
    def run(self):
        self.update()

    def update(self):
        work()


class ParallelModel(Model):
    def update(self):
        child = multiprocessing.Process(target=work)
        child.start()
        child.join()


Model().run()
