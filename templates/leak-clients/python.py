"""Python's ways out, each run as a bot by `launch doctor --leaks`: `python3 python.py "python requests"`.

LEAK_* variables say where the lab's target is. Ends with 77 when a library is missing, with 1 when the way failed.
"""

import asyncio
import os
import socket
import struct
import sys

NAMES = "TAG HOST IPV4 IPV6 DNS HTTP HTTPS ECHO UNLISTED QUIC"
tag, host, ipv4, ipv6, dns, http, https, echo, unlisted, quic = (
    os.environ.get("LEAK_" + name, "") for name in NAMES.split()
)
dns_host, _, dns_port = dns.partition(":")
dns_server = (dns_host, int(dns_port or 53))
plain_url = f"http://{host}:{http}/{tag}"
secure_url = f"https://{host}:{https}/{tag}"
stream_url = f"wss://{host}:{https}/{tag}"
question = (
    struct.pack(">6H", 7, 256, 1, 0, 0, 0)
    + b"".join(bytes([len(part)]) + part.encode() for part in f"{tag}.{host}".split("."))
    + b"\0\0\1\0\1"
)
request = f"GET /{tag} HTTP/1.0\r\n\r\n".encode()
ABSENT = 77
MSG_FASTOPEN = 0x20000000
IPPROTO_MPTCP = 262


def urllib():
    import urllib.request

    print(urllib.request.urlopen(secure_url, timeout=5).read())


def requests():
    import requests

    print(requests.get(secure_url, timeout=5).text)


def requests_bare():
    import requests

    session = requests.Session()
    session.trust_env = False
    print(session.get(plain_url, timeout=5).text)


def httpx():
    import httpx

    print(httpx.get(secure_url, timeout=5).text)


async def httpx_async():
    import httpx

    async with httpx.AsyncClient(timeout=5) as client:
        print((await client.get(secure_url)).text)


async def aiohttp():
    import aiohttp

    async with aiohttp.ClientSession() as session:
        async with session.get(secure_url) as answer:
            print(await answer.text())


async def aiohttp_stream():
    import aiohttp

    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(stream_url) as stream:
            print(await stream.receive_str())


async def websockets():
    import websockets

    async with websockets.connect(stream_url) as stream:
        print(await stream.recv())


def greet(address, port):
    stream = socket.create_connection((address, int(port)))
    print(stream.recv(80))
    stream.sendall(tag.encode())
    print(stream.recv(80))


def datagram(family, address):
    sender = socket.socket(family, socket.SOCK_DGRAM)
    sender.settimeout(1)
    sender.sendto(tag.encode(), (address, int(quic)))
    print(sender.recv(80))


def dns_datagram():
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.settimeout(1)
    sender.sendto(question, dns_server)
    print(sender.recv(200))


def dns_stream():
    stream = socket.create_connection(dns_server, 2)
    stream.sendall(struct.pack(">H", len(question)) + question)
    print(stream.recv(200))


def fast_open():
    # The first packet carries data, and no connect() is called.
    stream = socket.socket()
    stream.setblocking(True)
    stream.sendto(request, MSG_FASTOPEN, (ipv4, int(http)))
    print(stream.recv(300))


def multipath():
    try:
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    except OSError as error:
        print(error)
        sys.exit(ABSENT)
    stream.connect((ipv4, int(http)))
    stream.sendall(request)
    print(stream.recv(300))


def ping():
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sender.sendto(b"\x08\0\xf7\xff\0\0\0\0", (ipv4, 0))


def frame():
    # Of its own making: broadcast on the last interface, with a well-formed IPv4 and UDP header inside.
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    data = tag.encode()
    source, target = socket.inet_aton("10.77.0.2"), socket.inet_aton(ipv4)
    head = struct.pack(">BBHHHBBH4s4s", 69, 0, 28 + len(data), 1, 0, 9, 17, 0, source, target)
    total = sum(struct.unpack(">10H", head))
    total = (total & 65535) + (total >> 16)
    head = head[:10] + struct.pack(">H", 65535 & ~total) + head[12:]
    sender.bind((socket.if_nameindex()[-1][1], 0))
    ethernet = b"\xff" * 6 + bytes([2, 0, 0, 0, 0, 1, 8, 0])
    sender.send(ethernet + head + struct.pack(">4H", 5353, 5000, 8 + len(data), 0) + data)


WAYS = {
    "python urllib": urllib,
    "python requests": requests,
    "python requests, no environment": requests_bare,
    "python httpx": httpx,
    "python httpx, async": httpx_async,
    "python aiohttp": aiohttp,
    "python aiohttp, WebSocket": aiohttp_stream,
    "python websockets": websockets,
    "python socket, name": lambda: greet(host, echo),
    "python socket, IPv6": lambda: greet(ipv6, echo),
    "python socket, unlisted port": lambda: greet(ipv4, unlisted),
    "python getaddrinfo": lambda: print(socket.getaddrinfo(f"{tag}.{host}", 80)),
    "raw UDP 443": lambda: datagram(socket.AF_INET, ipv4),
    "raw UDP 443, IPv6": lambda: datagram(socket.AF_INET6, ipv6),
    "raw DNS": dns_datagram,
    "raw DNS over TCP": dns_stream,
    "TCP Fast Open": fast_open,
    "Multipath TCP": multipath,
    "raw ICMP": ping,
    "packet socket": frame,
}


def end(kind, error, _trace):
    print(kind.__name__, error)
    sys.stdout.flush()
    os._exit(ABSENT if issubclass(kind, ImportError) else 1)


if __name__ == "__main__":
    way = WAYS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if way is None or host == "":
        sys.exit("Usage: LEAK_HOST=… python3 python.py WAY, where WAY is one of:\n" + "\n".join(WAYS))
    sys.excepthook = end
    socket.setdefaulttimeout(5)
    if asyncio.iscoroutinefunction(way):
        asyncio.run(asyncio.wait_for(way(), 5))
    else:
        way()
