from multiprocessing import get_context


def send_mail(sent):
    sent.put("mail")


def application(sent):
    """What each worker of a server imports: it answers requests, and starts no thread."""


if __name__ == "__main__":  # the server, such as gunicorn with two workers
    spawn = get_context("spawn")
    sent = spawn.SimpleQueue()
    workers = [spawn.Process(target=application, args=(sent,)) for _ in range(2)]
    mailer = spawn.Process(target=send_mail, args=(sent,))
    for process in (*workers, mailer):
        process.start()
    for process in (*workers, mailer):
        process.join()
    while not sent.empty():
        print(sent.get())
