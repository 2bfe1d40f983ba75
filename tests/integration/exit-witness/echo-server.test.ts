import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type EchoServer, startEchoServer } from "../../../lib/adapters/exit-witness/echo-server.ts";

const servers: EchoServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Partial<Parameters<typeof startEchoServer>[0]> = {}): Promise<EchoServer> {
  const server = await startEchoServer({ host: "127.0.0.1", port: 0, ...options });
  servers.push(server);
  return server;
}

/** Sends the text from the given local address and gives back all that came until the server closed. */
async function say(server: EchoServer, text: string, localAddress = "127.0.0.1"): Promise<string> {
  const socket = connect({ host: server.host, port: server.port, localAddress });
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString()));
  socket.write(text);
  await once(socket, "close");
  return answer;
}

const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nhost: echo\r\n${headers}\r\n`;

describe("launch echo", () => {
  test("tells each caller its own address, in the form it asks for, and closes", async () => {
    const seen: string[] = [];
    const server = await start({ onAnswer: ({ ip, path }) => seen.push(`${ip} ${path}`) });
    const json = await say(server, get("/", "accept: application/json\r\n"), "127.0.0.51");
    expect(json).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n/);
    expect(json).toMatch(/\r\nconnection: close\r\n/i);
    expect(json).toMatch(/\r\n\r\n\{"ip":"127\.0\.0\.51"\}\n$/);
    expect(await say(server, get("/"), "127.0.0.52")).toMatch(/text\/plain[\s\S]*\r\n\r\n127\.0\.0\.52\n$/);
    expect(await say(server, get("/json?x=1"))).toMatch(/\{"ip":"127\.0\.0\.1"\}\n$/);
    expect(await say(server, get("/ip", "accept: application/json\r\n"))).toMatch(/\r\n\r\n127\.0\.0\.1\n$/);
    expect(seen).toEqual(["127.0.0.51 /", "127.0.0.52 /", "127.0.0.1 /json", "127.0.0.1 /ip"]);
  });

  test("believes no header about the address", async () => {
    const server = await start();
    const headers = "x-forwarded-for: 8.8.8.8\r\nforwarded: for=8.8.8.8\r\nx-real-ip: 8.8.8.8\r\n";
    expect(await say(server, get("/ip", headers))).toMatch(/\r\n\r\n127\.0\.0\.1\n$/);
  });

  test("tells an IPv4 caller of an IPv6 listener its IPv4 address", async () => {
    const server = await start({ host: "::ffff:127.0.0.1" });
    const socket = connect({ host: "127.0.0.1", port: server.port });
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.write(get("/ip"));
    await once(socket, "close");
    expect(answer).toMatch(/\r\n\r\n127\.0\.0\.1\n$/);
  });

  test.each([
    ["another path", get("/etc/passwd"), "404"],
    ["a POST", "POST / HTTP/1.1\r\nhost: echo\r\ncontent-length: 2\r\n\r\nhi", "405"],
    ["a head of more than 8 KiB", get("/", `x-long: ${"a".repeat(9_000)}\r\n`), "431"],
    ["nonsense", "\x16\x03\x01 hello\r\n\r\n", "400"],
  ])("refuses %s", async (_what, text, status) => {
    const server = await start();
    expect(await say(server, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(await say(server, get("/ip"))).toContain("127.0.0.1");
  });

  test("closes at once although callers keep connections open", async () => {
    const server = await startEchoServer({ host: "127.0.0.1", port: 0 });
    const socket = connect({ host: server.host, port: server.port });
    await once(socket, "connect");
    socket.write("GET / HTTP/1.1\r\n");
    const ended = new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
    await server.close();
    await ended;
    const again = connect({ host: server.host, port: server.port });
    await expect(once(again, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("says which address it cannot listen on, and why", async () => {
    const { port } = await start();
    await expect(startEchoServer({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "LAUNCH_INVALID_VALUE",
      message: `The echo server cannot listen on 127.0.0.1:${port}: another program listens there.`,
    });
    await expect(startEchoServer({ host: "192.0.2.1", port: 0 })).rejects.toMatchObject({
      message: "The echo server cannot listen on 192.0.2.1:0: this host has no such address.",
    });
  });
});
