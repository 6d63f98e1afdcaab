from multiprocessing import Process

settings = None


def work():
    print("settings:", settings)


if __name__ == "__main__":
    settings = "fast"
    process = Process(target=work)
    process.start()
    process.join()
