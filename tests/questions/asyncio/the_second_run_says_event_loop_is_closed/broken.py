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


writer = asyncio.run(connect())
asyncio.run(send(writer, b"hello"))
print("received:", server.recv(100).decode())
