import asyncio


class Server:
    def __init__(self):
        self.loop = asyncio.get_event_loop()  # <-

    async def serve(self):
        print("ok")

    def run(self):
        self.loop.run_until_complete(self.serve())
        self.loop.close()


if __name__ == "__main__":
    Server().run()
