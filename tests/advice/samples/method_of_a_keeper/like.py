import multiprocessing
import os


class Team:
    def __init__(self):
        self.members = []

    def work(self, letter):
        os.write(1, letter)

    def start(self):
        for letter in (b"o", b"k"):
            member = multiprocessing.Process(target=self.work, args=(letter,))  # <-
            self.members.append(member)
            member.start()
            member.join()


if __name__ == "__main__":
    Team().start()
