from asyncio.sslproto import _SSLPipe  # <-

print("ok" if callable(_SSLPipe) else "")
