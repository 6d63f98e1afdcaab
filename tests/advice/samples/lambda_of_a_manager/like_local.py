from multiprocessing.managers import BaseManager


class Words:
    def word(self):
        return "ok"


def main():
    class Manager(BaseManager):  # <-
        pass

    Manager.register("words", Words)
    with Manager() as manager:
        print(manager.words().word())


if __name__ == "__main__":
    main()
