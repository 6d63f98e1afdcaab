import asyncio
import socket


async def main():
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    writer.get_extra_info("socket").send(b"x")  # <-
    print("ok" if theirs.recv(1) == b"x" else "no")
    theirs.close()
    writer.close()


asyncio.run(main())
