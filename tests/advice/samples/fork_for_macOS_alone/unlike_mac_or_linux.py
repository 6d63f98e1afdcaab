import multiprocessing
import platform

found = []


def work():
    print(*found)


def main():
    if platform.system().lower() in ("darwin", "linux"):
        context = multiprocessing.get_context("fork")
    else:
        context = multiprocessing.get_context("spawn")
    found.append("ok")
    child = context.Process(target=work)
    child.start()
    child.join()


if __name__ == "__main__":
    main()
