import sqlite3
import threading
from contextlib import closing


def work():
    with closing(sqlite3.connect("shop.db")) as database:
        print(database.execute("SELECT 6 * 7").fetchone())


thread = threading.Thread(target=work)
thread.start()
thread.join()
