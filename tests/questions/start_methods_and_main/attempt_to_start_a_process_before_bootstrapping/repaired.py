from multiprocessing import Process


def work():
    print("the child works")


if __name__ == "__main__":
    process = Process(target=work)
    process.start()
    process.join()
    print("exit code of the child:", process.exitcode)
