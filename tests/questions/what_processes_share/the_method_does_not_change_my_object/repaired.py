from multiprocessing import Pool


class Account:
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount
        return self


if __name__ == "__main__":
    account = Account()
    with Pool(1) as pool:
        account = pool.apply(account.deposit, (5,))
    print("balance:", account.balance)
