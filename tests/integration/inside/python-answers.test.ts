import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Listener, listenForBot, openVenue, type Venue } from "./listener.ts";
import { type PythonBot, startPython } from "./pythons.ts";

let listener: Listener;
let venue: Venue;
let started: PythonBot[] = [];

beforeEach(async () => {
  [listener, venue] = [await listenForBot(), await openVenue()];
  started = [];
});
afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill("SIGKILL");
    await ended;
  }
  await Promise.all([listener.close(), venue.close()]);
});

function run(code: string, env: Record<string, string> = {}): PythonBot {
  const bot = startPython(
    `import os
def url(path, scheme="http"): return scheme + "://localhost:" + os.environ["PORT"] + path
${code}`,
    { env: { ...listener.env, PORT: String(venue.port), ...env } },
  );
  started.push(bot);
  listener.endsWith(bot);
  return bot;
}

const aiohttp = (code: string) => `import aiohttp, asyncio
async def main():
  async with aiohttp.ClientSession() as session:
    ${code}
asyncio.run(main())`;
const asyncHttpx = (code: string) => `import httpx, asyncio
async def main():
  async with httpx.AsyncClient() as client:
    ${code}
asyncio.run(main())`;

describe("a failure is told, also when the bot ends on it, from", () => {
  test.each([
    [
      "urllib",
      `import urllib.request, urllib.error\ntry: urllib.request.urlopen(url("/418"))\nexcept urllib.error.HTTPError: pass`,
    ],
    [
      "http.client",
      `import http.client\nc = http.client.HTTPConnection("localhost", int(os.environ["PORT"]))\nc.request("GET", "/418")\nc.getresponse().read()`,
    ],
    ["requests", `import requests\nrequests.get(url("/418"))`],
    [
      "requests through a proxy",
      `import requests\nrequests.get("http://localhost/418", proxies={"http": url("")})`,
    ],
    ["urllib3", `import urllib3\nurllib3.PoolManager().request("GET", url("/418"))`],
    ["aiohttp", aiohttp(`async with session.get(url("/418")) as r: await r.read()`)],
    ["httpx", `import httpx\nhttpx.get(url("/418"))`],
    ["httpx with asyncio", asyncHttpx(`await client.get(url("/418"))`)],
    ["httpcore", `import httpcore\nhttpcore.request("GET", url("/418"))`],
  ])("%s", async (_, code) => {
    const bot = run(code);
    expect(await bot.ended).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    expect((await listener.next("answers")).answers).toEqual([
      {
        host: "localhost",
        status: 418,
        isSigned: false,
        times: 1,
        body: undefined,
        headers: { "retry-after": "120", "cf-ray": "8f0-FRA", date: expect.any(String) as string },
        at: expect.any(Number) as number,
      },
    ]);
  });
});

describe("the handshake of a WebSocket is told, refused and accepted, from", () => {
  test.each([
    [
      "aiohttp",
      aiohttp(`
    try: await session.ws_connect(url("/no", "ws"))
    except aiohttp.WSServerHandshakeError: pass
    w = await session.ws_connect(url("/ws", "ws")); w._response.close()`),
    ],
    [
      "websockets",
      `import asyncio, websockets
async def main():
  try: await websockets.connect(url("/no", "ws"))
  except websockets.InvalidStatusCode: pass
  w = await websockets.connect(url("/ws", "ws"), close_timeout=0.1); w.transport.abort()
asyncio.run(main())`,
    ],
    [
      "websockets without input and output",
      `from websockets.client import ClientConnection
from websockets.uri import parse_uri
for head in (b"403 Forbidden\\r\\nserver: cloudflare", b"101 Switching Protocols"):
  c = ClientConnection(parse_uri("ws://localhost/x")); c.send_request(c.connect())
  c.receive_data(b"HTTP/1.1 " + head + b"\\r\\ncontent-length: 0\\r\\n\\r\\n")`,
    ],
    [
      "websocket-client",
      `import websocket
try: websocket.create_connection(url("/no", "ws"))
except websocket.WebSocketBadStatusException: pass
websocket.create_connection(url("/ws", "ws"))`,
    ],
  ])("%s", async (_, code) => {
    expect(await run(code).ended).toMatchObject({ code: 0, stderr: "" });
    await listener.next("answers", ({ answers }) => answers.some(({ status }) => status === 101));
    expect(listener.answersOf("localhost").map(({ status }) => status)).toEqual([403, 101]);
    expect(listener.answersOf("localhost")[0]?.headers.server).toBe("cloudflare");
  });
});

test("successes are counted for each host and signedness, and a signature is told by names alone", async () => {
  run(`import requests, httpx, asyncio, aiohttp
for _ in range(3): requests.get(url("/api/secret-path?symbol=X"))
requests.get(url("/order?timestamp=1&signature=query-secret"))
requests.get(url("/"), headers={"X-MBX-APIKEY": "header-secret"})
httpx.get(url("/"), headers={"OK-ACCESS-SIGN": "header-secret"})
async def main():
  async with aiohttp.ClientSession() as session:
    async with session.get(url("/?apiKey=query-secret")): pass
    async with session.post(url("/"), headers={"X-BAPI-SIGN": "header-secret"}): pass
asyncio.run(main())
requests.get(url("/302"), allow_redirects=False)
requests.get(url("/401"), headers={"Authorization": "Bearer header-secret"})`);
  await listener.next("answers", ({ answers }) => answers.some(({ status }) => status === 401));
  const count = (status: number, isSigned: boolean) =>
    listener
      .answersOf("localhost")
      .filter((answer) => answer.status === status && answer.isSigned === isSigned)
      .reduce((sum, { times }) => sum + times, 0);
  expect([count(200, false), count(200, true), count(300, false), count(401, true)]).toEqual([3, 5, 1, 1]);
  expect(JSON.stringify(listener.events)).not.toMatch(/secret|symbol/);
});
