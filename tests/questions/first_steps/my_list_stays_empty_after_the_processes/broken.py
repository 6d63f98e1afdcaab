from multiprocessing import Process

results = []


def work(number):
    results.append(number * number)


if __name__ == "__main__":
    processes = [Process(target=work, args=(number,)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(results)
