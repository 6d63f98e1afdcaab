import time
from multiprocessing import Pool


def download(page):
    if page == "the large one":
        time.sleep(3600)
    return page


if __name__ == "__main__":
    pages = ["one", "two", "the large one"]
    with Pool(2) as pool:
        for done, page in enumerate(pool.imap_unordered(download, pages), 1):
            print(done, "of 3 downloads are done")
            if done == 2:
                break  # that is enough
