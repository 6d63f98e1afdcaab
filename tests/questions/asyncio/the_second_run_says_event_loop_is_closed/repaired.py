import asyncio
import socket

server, client = socket.socketpair()


async def connect():
    _, writer = await asyncio.open_connection(sock=client)
    return writer


async def send(writer, text):
    writer.write(text)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    writer = await connect()
    await send(writer, b"hello")


asyncio.run(main())
print("received:", server.recv(100).decode())
