from multiprocessing import Process


class Account:
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount


if __name__ == "__main__":
    account = Account()
    process = Process(target=account.deposit, args=(5,))
    process.start()
    process.join()
    print("balance:", account.balance)
