import asyncio
import socket


async def main():
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    writer.write(b"x")
    await writer.drain()
    print("ok" if theirs.recv(1) == b"x" else "no")
    theirs.close()
    writer.close()


asyncio.run(main())
