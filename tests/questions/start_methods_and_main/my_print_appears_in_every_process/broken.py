from multiprocessing import Process

print("reading the settings")


def work():
    print("working")


if __name__ == "__main__":
    processes = [Process(target=work) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
