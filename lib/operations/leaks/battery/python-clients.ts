import { type LeakClient, pythonClient } from "../leak-client.ts";

/** Python's ways out: the usual libraries, then sockets. */
export const pythonClients: readonly LeakClient[] = [
  pythonClient(
    "python urllib",
    `import urllib.request; print(urllib.request.urlopen("https://" + host + "/" + tag, timeout=5).read())`,
  ),
  pythonClient(
    "python requests",
    `import requests; print(requests.get("https://" + host + "/" + tag, timeout=5).text)`,
  ),
  pythonClient(
    "python requests, no environment",
    `import requests; s = requests.Session(); s.trust_env = False; print(s.get("http://" + host + "/" + tag, timeout=5).text)`,
  ),
  pythonClient(
    "python httpx",
    `import httpx; print(httpx.get("https://" + host + "/" + tag, timeout=5).text)`,
  ),
  pythonClient(
    "python httpx, async",
    `import asyncio, httpx
async def main():
    async with httpx.AsyncClient(timeout=5) as c: print((await c.get("https://" + host + "/" + tag)).text)
asyncio.run(main())`,
  ),
  pythonClient(
    "python aiohttp",
    `import asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession() as s:
        async with s.get("https://" + host + "/" + tag) as r: print(await r.text())
asyncio.run(asyncio.wait_for(main(), 5))`,
  ),
  pythonClient(
    "python aiohttp, WebSocket",
    `import asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession() as s:
        async with s.ws_connect("wss://" + host + "/" + tag) as w: print(await w.receive_str())
asyncio.run(asyncio.wait_for(main(), 5))`,
  ),
  pythonClient(
    "python websockets",
    `import asyncio, websockets
async def main():
    async with websockets.connect("wss://" + host + "/" + tag) as w: print(await w.recv())
asyncio.run(asyncio.wait_for(main(), 5))`,
  ),
  pythonClient(
    "python socket, name",
    `s = socket.create_connection((host, 9443)); print(s.recv(80)); s.sendall(tag.encode()); print(s.recv(80))`,
  ),
  pythonClient(
    "python socket, IPv6",
    `s = socket.create_connection((ipv6, 9443)); print(s.recv(80)); s.sendall(tag.encode()); print(s.recv(80))`,
  ),
  pythonClient(
    "python socket, unlisted port",
    `s = socket.create_connection((ipv4, 9000)); print(s.recv(80)); s.sendall(tag.encode()); print(s.recv(80))`,
  ),
  pythonClient("python getaddrinfo", `print(socket.getaddrinfo(tag + "." + host, 80))`),
];

/** What only a program that leaves the usual libraries sends. */
export const rawClients: readonly LeakClient[] = [
  pythonClient(
    "raw UDP 443",
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); s.sendto(tag.encode(), (ipv4, 443)); print(s.recv(80))`,
  ),
  pythonClient(
    "raw UDP 443, IPv6",
    `s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.settimeout(1); s.sendto(tag.encode(), (ipv6, 443)); print(s.recv(80))`,
  ),
  pythonClient(
    "raw DNS to 8.8.8.8",
    `import struct
q = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + b"".join(bytes([len(p)]) + p.encode() for p in (tag + "." + host).split(".")) + b"\\0\\0\\1\\0\\1"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); s.sendto(q, ("8.8.8.8", 53)); print(s.recv(200))`,
  ),
  pythonClient(
    "raw DNS over TCP",
    `import struct
q = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + b"".join(bytes([len(p)]) + p.encode() for p in (tag + "." + host).split(".")) + b"\\0\\0\\1\\0\\1"
s = socket.create_connection(("8.8.8.8", 53), 2); s.sendall(struct.pack(">H", len(q)) + q); print(s.recv(200))`,
  ),
  // 0x20000000 is MSG_FASTOPEN: the first packet carries data, and no connect() is called.
  pythonClient(
    "TCP Fast Open",
    `s = socket.socket(); s.setblocking(True); s.sendto(("GET /" + tag + " HTTP/1.0\\r\\n\\r\\n").encode(), 0x20000000, (ipv4, 80)); print(s.recv(300))`,
  ),
  // 262 is IPPROTO_MPTCP.
  pythonClient(
    "Multipath TCP",
    `
try: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
except OSError as e: print(e); sys.exit(77)
s.connect((ipv4, 80)); s.sendall(("GET /" + tag + " HTTP/1.0\\r\\n\\r\\n").encode()); print(s.recv(300))`,
  ),
  pythonClient(
    "raw ICMP",
    `s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); s.sendto(b"\\x08\\0\\xf7\\xff\\0\\0\\0\\0", (ipv4, 0))`,
  ),
  // A frame of its own making: broadcast on the last interface, with a well-formed IPv4 and UDP header inside.
  pythonClient(
    "packet socket",
    `import struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
data = tag.encode()
head = struct.pack(">BBHHHBBH4s4s", 69, 0, 28 + len(data), 1, 0, 9, 17, 0, socket.inet_aton("10.77.0.2"), socket.inet_aton(ipv4))
total = sum(struct.unpack(">10H", head)); total = (total & 65535) + (total >> 16)
head = head[:10] + struct.pack(">H", 65535 & ~total) + head[12:]
s.bind((socket.if_nameindex()[-1][1], 0))
s.send(b"\\xff" * 6 + bytes([2, 0, 0, 0, 0, 1, 8, 0]) + head + struct.pack(">4H", 5353, 5000, 8 + len(data), 0) + data)`,
  ),
];
