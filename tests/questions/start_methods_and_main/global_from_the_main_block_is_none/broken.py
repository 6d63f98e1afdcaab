from multiprocessing import Process

mode = None


def work():
    print("in the child:", mode)


if __name__ == "__main__":
    mode = "fast"
    process = Process(target=work)
    process.start()
    process.join()
    print("in the parent:", mode)
