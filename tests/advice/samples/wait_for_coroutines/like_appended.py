import asyncio


class Program:
    async def work(self):
        print("ok")

    async def main(self):
        jobs = []
        if __debug__:
            jobs.append(self.work())
        await asyncio.wait(jobs)  # <-


asyncio.run(Program().main())
