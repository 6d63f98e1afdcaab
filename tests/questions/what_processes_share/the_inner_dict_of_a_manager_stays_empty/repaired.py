from multiprocessing import Manager, Process


def vote(votes):
    votes["2024"]["yes"] = 1


if __name__ == "__main__":
    with Manager() as manager:
        votes = manager.dict({"2024": manager.dict()})
        process = Process(target=vote, args=(votes,))
        process.start()
        process.join()
        print(votes["2024"].copy())
