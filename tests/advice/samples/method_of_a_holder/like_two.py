import multiprocessing
import os


class Server:
    def first(self):
        os.write(1, b"o")

    def second(self):
        os.write(1, b"k")

    def run(self):
        self.one = multiprocessing.Process(target=self.first)
        self.one.start()
        self.one.join()
        self.two = multiprocessing.Process(target=self.second)  # <-
        self.two.start()
        self.two.join()


if __name__ == "__main__":
    Server().run()
