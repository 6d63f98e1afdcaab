from multiprocessing import Process


def greet(greeting):
    print(greeting)


def main():
    greeting = "hello from the child"
    process = Process(target=greet, args=(greeting,))
    process.start()
    process.join()


if __name__ == "__main__":
    main()
