from multiprocessing import get_context
from threading import Thread


def send_mail(sent):
    sent.put("mail")


def application(sent):
    """What each worker of a server imports: it starts its background thread."""
    mailer = Thread(target=send_mail, args=(sent,))
    mailer.start()
    mailer.join()


if __name__ == "__main__":  # the server, such as gunicorn with two workers
    spawn = get_context("spawn")
    sent = spawn.SimpleQueue()
    workers = [spawn.Process(target=application, args=(sent,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while not sent.empty():
        print(sent.get())
