from multiprocessing import Process


def work(settings):
    print("settings:", settings)


if __name__ == "__main__":
    settings = "fast"
    process = Process(target=work, args=(settings,))
    process.start()
    process.join()
