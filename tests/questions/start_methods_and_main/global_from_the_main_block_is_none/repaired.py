from multiprocessing import Process


def work(mode):
    print("in the child:", mode)


if __name__ == "__main__":
    mode = "fast"
    process = Process(target=work, args=(mode,))
    process.start()
    process.join()
    print("in the parent:", mode)
