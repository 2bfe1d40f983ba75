"""A bot by the standard library alone. It knows nothing of proxies: `launch` gives it its exit."""

import json
import os
import signal
import sys
import threading
import urllib.error
import urllib.request

VENUE = os.environ.get("VENUE", "https://api.binance.com")
SYMBOL = os.environ.get("SYMBOL", "BTCUSDT")
EVERY_SECONDS = 5

stopping = threading.Event()


def read(path: str) -> dict:
    with urllib.request.urlopen(f"{VENUE}{path}", timeout=10) as response:
        return json.load(response)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    failures = 0
    while not stopping.is_set():
        try:
            ticker = read(f"/api/v3/ticker/bookTicker?symbol={SYMBOL}")
            failures = 0
            print(SYMBOL, ticker["bidPrice"], ticker["askPrice"], flush=True)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            failures += 1
            print(f"venue: {error}", file=sys.stderr, flush=True)
            # What stays broken is the launcher's to judge: end and let it.
            if failures > 5:
                return 1
        stopping.wait(EVERY_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
