from multiprocessing import Process


def main():
    greeting = "hello"

    def greet():
        print(greeting)

    process = Process(target=greet)
    process.start()
    process.join()


if __name__ == "__main__":
    main()
