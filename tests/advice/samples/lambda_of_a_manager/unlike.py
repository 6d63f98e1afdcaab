from multiprocessing.managers import BaseManager


class Words:
    def word(self):
        return "ok"


class Manager(BaseManager):
    pass


def main():
    Manager.register("words", callable=Words)
    with Manager() as manager:
        print(manager.words().word())


if __name__ == "__main__":
    main()
