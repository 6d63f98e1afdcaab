import multiprocessing

import working


def main():
    child = multiprocessing.Process(target=working.work)
    child.start()
    child.join()


if __name__ == "__main__":
    main()
