import sqlite3
import threading

database = sqlite3.connect("shop.db")


def work():
    print(database.execute("SELECT 6 * 7").fetchone())


thread = threading.Thread(target=work)
thread.start()
thread.join()
database.close()
