import multiprocessing


def work(sender):
    sender.send("ok")


def main():
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.Process(target=work, args=(sender,))
    child.start()
    print(receiver.recv())
    child.join()


if __name__ == "__main__":
    main()
