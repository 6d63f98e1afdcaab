from multiprocessing import Process


def child():
    print("I am the child")


if __name__ == "__main__":
    process = Process(target=child)
    process.start()
    process.join()
    print("I am the parent, and the child has ended with", process.exitcode)
