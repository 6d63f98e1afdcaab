import multiprocessing
import os


def run(words, start_method=None):
    if start_method is None:
        start_method = "fork"
    context = multiprocessing.get_context(start_method)

    def show():
        os.write(1, words)

    process = context.Process(target=show)
    process.start()
    process.join()


if __name__ == "__main__":
    run(b"ok")
