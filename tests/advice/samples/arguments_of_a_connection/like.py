import sqlite3

connection = sqlite3.connect(":memory:", 30)  # <-
print(connection.execute("select 'ok'").fetchone()[0])
connection.close()
