import multiprocessing
import os


def work(letter):
    os.write(1, letter)


class Team:
    def __init__(self):
        self.members = []

    def start(self):
        for letter in (b"o", b"k"):
            member = multiprocessing.Process(target=work, args=(letter,))
            self.members.append(member)
            member.start()
            member.join()


if __name__ == "__main__":
    Team().start()
