import asyncio


async def serve():
    print("ok")


def main():
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    loop = asyncio.get_event_loop()  # <-
    task = loop.create_task(serve())
    loop.run_until_complete(task)
    loop.close()


if __name__ == "__main__":
    main()
