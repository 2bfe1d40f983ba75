import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { hear, hearing, openRelayRig, type RelayRig, token, ways } from "./relay-rig.ts";

let rig: RelayRig;
afterEach(() => rig.close());

const auth = `Proxy-Authorization: Basic ${Buffer.from(`bot:${token}`).toString("base64")}\r\n`;

/** Opens one kept connection to the relay and gives back a way to ask on it. */
function keptConnection(): {
  ask(url: string, body?: string): Promise<string>;
  end(): void;
  sockets(): number;
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const seen = new Set<Socket>();
  return {
    sockets: () => seen.size,
    end: () => agent.destroy(),
    async ask(url, body) {
      const asked = request({
        agent,
        host: rig.relay.host,
        port: rig.relay.port,
        path: url,
        method: body === undefined ? "GET" : "POST",
        headers: { "Proxy-Authorization": `Basic ${Buffer.from(`x:${token}`).toString("base64")}` },
      });
      asked.end(body);
      asked.on("socket", (socket) => seen.add(socket));
      const [response] = await once(asked, "response");
      let text = "";
      for await (const chunk of response) text += chunk;
      return text;
    },
  };
}

test("requests on one kept connection go each to its own target, and one target keeps its tunnel", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  const one = await rig.http((asked, response) => response.end(`one ${asked.url} ${asked.headers.host}`));
  const two = await rig.http((asked, response) => void asked.pipe(response), "127.0.0.22");
  const kept = keptConnection();
  expect(await kept.ask(`http://target.test:${one}/a?b=%2F`)).toBe(`one /a?b=%2F target.test:${one}`);
  expect(await kept.ask(`http://other.test:${two}/`, "a body")).toBe("a body");
  expect(await kept.ask(`http://target.test:${one}?q`)).toBe(`one /?q target.test:${one}`);
  expect(kept.sockets()).toBe(1);
  kept.end();
  expect(proxy.counters().targets).toEqual([`target.test:${one}`, `other.test:${two}`]);
});

test("two requests sent at once go each to its own target, and a Host header does not redirect one", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const one = await rig.http((asked, response) => response.end(`one for ${asked.headers.host}.`));
  const two = await rig.http(
    (asked, response) => response.end(`two for ${asked.headers.host}.`),
    "127.0.0.22",
  );
  const client = await rig.knock();
  client.write(
    `GET http://target.test:${one}/ HTTP/1.1\r\nHost: other.test:${two}\r\n${auth}\r\n` +
      `GET http://other.test:${two}/ HTTP/1.1\r\nHost: target.test:${one}\r\n${auth}Connection: close\r\n\r\n`,
  );
  const heard = await hear(client);
  expect(heard).toContain(`one for target.test:${one}.`);
  expect(heard).toContain(`two for other.test:${two}.`);
});

test("each request of a kept connection needs the token, and the gate is asked each time", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const port = await rig.http((_asked, response) => response.end("yes"));
  const bare = await rig.knock();
  bare.write(`GET http://target.test:${port}/ HTTP/1.1\r\nHost: a\r\n${auth}\r\n`);
  await hearing(bare, "yes");
  bare.write(`GET http://target.test:${port}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  expect(await hear(bare)).toMatch(/^HTTP\/1.1 407/);
  const kept = keptConnection();
  expect(await kept.ask(`http://target.test:${port}/`)).toBe("yes");
  kept.end();
  const idle = await rig.knock();
  rig.relay.cut("test");
  idle.write(`GET http://target.test:${port}/ HTTP/1.1\r\nHost: a\r\n${auth}\r\n`);
  expect(await hear(idle)).toMatch(/^HTTP\/1.1 503 .*cut: test/s);
});

test("hop-by-hop headers and the token stay here; everything else arrives as it was written, doubles and all", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  let raw: readonly string[] = [];
  const port = await rig.http((asked, response) => {
    raw = asked.rawHeaders;
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    response.setHeader("Proxy-Authenticate", "Basic realm=evil");
    response.writeHead(407).end("target's own");
  });
  const extra = ["-H", "X-Twice: 1", "-H", "X-Twice: 2", "-H", "Connection: X-Hop", "-H", "X-Hop: gone"];
  const url = `http://target.test:${port}/`;
  const answer = await rig.curl("-i", ...extra, ...ways(rig.relay)["absolute form"], url);
  const names = raw.filter((_text, index) => index % 2 === 0);
  expect(names.filter((name) => name === "X-Twice")).toHaveLength(2);
  expect(names.filter((name) => /^(proxy-|x-hop)/i.test(name))).toEqual([]);
  expect(answer).toMatch(/^HTTP\/1.1 502 .*Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n.*target's own$/s);
  expect(answer).not.toMatch(/proxy-authenticate/i);
});

test("a counted, a chunked and an empty request body arrive as they are", async () => {
  rig = await openRelayRig();
  await rig.use("socks5");
  const port = await rig.http((asked, response) => {
    let bytes = 0;
    asked.on("data", (chunk) => {
      bytes += chunk.length;
    });
    asked.on("end", () =>
      response.end(`${asked.method} ${bytes} ${asked.headers["transfer-encoding"] ?? "counted"}`),
    );
  });
  const url = `http://target.test:${port}/`;
  const via = ways(rig.relay)["absolute form"];
  expect(await rig.curl(...via, "-d", "x".repeat(70_000), url)).toBe("POST 70000 counted");
  expect(await rig.curl(...via, "-H", "Transfer-Encoding: chunked", "-d", "abc", url)).toBe("POST 3 chunked");
  expect(await rig.curl(...via, "-X", "DELETE", url)).toBe("DELETE 0 counted");
  expect(await rig.curl(...via, "-I", url)).toMatch(/^HTTP\/1.1 200/);
});

test("a WebSocket over absolute form is tunnelled both ways, and cut with the rest", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const server = new WebSocketServer({ noServer: true });
  const port = await rig.http((_asked, response) => response.writeHead(404).end("no stream here"));
  server.on("connection", (stream) => stream.on("message", (data) => stream.send(data)));
  const upgrading = createServer().on("upgrade", (asked, socket, head) => {
    server.handleUpgrade(asked, socket, head, (stream) => server.emit("connection", stream, asked));
  });
  upgrading.listen(0, "127.0.0.21");
  await once(upgrading, "listening");
  const at = (upgrading.address() as { port: number }).port;

  const direct = (path: string, to: number) =>
    new WebSocket(`ws://${rig.relay.host}:${rig.relay.port}/`, {
      // The request line names the target, as clients do that proxy ws:// without CONNECT.
      finishRequest: (asked) => {
        asked.path = `http://target.test:${to}${path}`;
        asked.setHeader("Proxy-Authorization", `Basic ${Buffer.from(`x:${token}`).toString("base64")}`);
        asked.end();
      },
    });
  const stream = direct("/stream", at);
  await once(stream, "open");
  stream.send("hello");
  expect(String((await once(stream, "message"))[0])).toBe("hello");
  const closed = once(stream, "close");
  stream.on("error", () => {});
  rig.relay.cut("test");
  expect((await closed)[0]).toBe(1006);
  rig.relay.open();
  const refused = direct("/none", port);
  const [, response] = await once(refused, "unexpected-response");
  expect(response.statusCode).toBe(404);
  refused.on("error", () => {}).terminate();
  upgrading.closeAllConnections();
  upgrading.close();
});

const smuggling = [
  ["Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"],
  ["Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"],
  ["Transfer-Encoding: chunked, identity\r\n", "5\r\nhello\r\n0\r\n\r\n"],
  ["Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"],
  ["Content-Length: +5\r\n", "hello"],
  ["Content-Length: 5\r\nX-Folded: a\r\n\u0000b: c\r\n", "hello"],
  ["Connection: content-length\r\nContent-Length: 5\r\n", "helloGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"],
] as const;

test("no way of framing a body twice puts a second request on the tunnel", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const paths: string[] = [];
  const port = await rig.http((asked, response) => {
    paths.push(asked.url ?? "");
    asked.resume().on("end", () => response.end("seen"));
  });
  for (const [headers, body] of smuggling) {
    const client = await rig.knock();
    client.write(`POST http://target.test:${port}/first HTTP/1.1\r\nHost: a\r\n${auth}${headers}\r\n${body}`);
    client.end();
    await hear(client);
  }
  expect(paths.filter((path) => path !== "/first")).toEqual([]);
});

test("https in absolute form, a path alone and an URL with a user are refused with a sentence", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  for (const url of ["https://target.test/", "/", "http://user@target.test/", "ftp://target.test/", "*"]) {
    const client = await rig.knock();
    client.write(`GET ${url} HTTP/1.1\r\nHost: a\r\n${auth}\r\n`);
    expect(await hear(client)).toMatch(/^HTTP\/1.1 400 .*CONNECT/s);
  }
});
