import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { connectTo, hear, hearing, openRelayRig, type RelayRig, token } from "./relay-rig.ts";

let rig: RelayRig;
afterEach(() => rig.close());

const auth = `Proxy-Authorization: Basic ${Buffer.from(`bot:${token}`).toString("base64")}\r\n`;

async function says(...bytes: ReadonlyArray<string | Buffer>): Promise<string> {
  const client = await rig.knock();
  for (const part of bytes) client.write(part);
  return hear(client);
}

test("a head over the limit gets 431, one just below it passes", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const port = await rig.tcp((socket) => socket.end("hello"));
  const head = connectTo(`target.test:${port}`).slice(0, -2);
  expect(await says(`${head}X-Long: ${"x".repeat(60_000)}\r\n\r\n`)).toMatch(/hello$/);
  expect(await says(`${head}X-Long: ${"x".repeat(70_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  expect(await says(`GET http://target.test/${"x".repeat(70_000)} HTTP/1.1\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431 /,
  );
});

test("garbage, NULs, TLS, SOCKS4 and half a protocol are answered or dropped, and cost no connection", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const garbage: ReadonlyArray<string | Buffer> = [
    "\u0000".repeat(1_000),
    "\r\n\r\n\r\nnonsense\r\n\r\n",
    Buffer.from([4, 1, 0, 80, 127, 0, 0, 1, 0]),
    Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "CONNECT a.test:80 HTTP/9.9\r\n\r\n",
    `CONNECT a\u0000.test:80 HTTP/1.1\r\n${auth}\r\n`,
    Buffer.from([5, 1, 2, 9, 9, 9, 9]),
    Buffer.from([5, 0]),
    Buffer.concat([
      Buffer.from([5, 1, 2, 1, 1, 120, token.length]),
      Buffer.from(token),
      Buffer.from([5, 1, 0, 9]),
    ]),
  ];
  for (const bytes of garbage) {
    const client = await rig.knock();
    client.write(bytes);
    client.end();
    await hear(client);
  }
  const bind = Buffer.concat([
    Buffer.from([5, 1, 2, 1, 1, 120, token.length]),
    Buffer.from(token),
    Buffer.from([5, 2, 0, 1, 203, 0, 113, 7, 0, 80]),
  ]);
  expect(await says(bind)).toBe(
    "\u0005\u0002\u0001\u0000\u0005\u0007\u0000\u0001\u0000\u0000\u0000\u0000\u0000\u0000",
  );
  expect(rig.relay.counters()).toMatchObject({ openTunnels: 0, tunnels: 0 });
  expect(rig.events.filter(({ type }) => type !== "unauthenticated-client" && type !== "refused")).toEqual(
    [],
  );
});

test("a head split at every byte is understood on both protocols", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const port = await rig.tcp((socket) => socket.end("hello"));
  const socks = Buffer.concat([
    Buffer.from([5, 1, 2, 1, 1, 120, token.length]),
    Buffer.from(token),
    Buffer.from([5, 1, 0, 3, "target.test".length]),
    Buffer.from("target.test"),
    Buffer.from([port >> 8, port & 255]),
  ]);
  for (const bytes of [Buffer.from(connectTo(`target.test:${port}`)), socks]) {
    const client = await rig.knock();
    client.setNoDelay(true);
    const heard = hear(client);
    for (const byte of bytes) await new Promise((done) => client.write(Buffer.from([byte]), done));
    expect(await heard).toMatch(/hello$/);
  }
});

test("a slow head is ended at its deadline: silence, half a line, half a SOCKS greeting, the second head of a kept connection", async () => {
  rig = await openRelayRig({ tuning: { headMs: 200 } });
  await rig.use("http");
  const port = await rig.http((_asked, response) => response.end("first"));
  expect(await says("")).toBe("");
  expect(await says("CONNECT target.te")).toMatch(/^HTTP\/1.1 408 /);
  expect(await says(Buffer.from([5]))).toBe("");
  const kept = await rig.knock();
  kept.write(`GET http://target.test:${port}/ HTTP/1.1\r\nHost: a\r\n${auth}\r\n`);
  await hearing(kept, "first");
  kept.write("GET http://tar");
  expect(await hear(kept)).toMatch(/^HTTP\/1.1 408 /);
});

test("unauthenticated clients who only wait cannot lock the bot out: the one that waits longest is dropped", async () => {
  rig = await openRelayRig({ tuning: { waiting: 20 } });
  await rig.use("http");
  const port = await rig.tcp((socket) => socket.pipe(socket));
  const open = new Set<Socket>();
  const waiting = Array.from({ length: 200 }, () => {
    const socket = connect(rig.relay.port, rig.relay.host).on("error", () => {});
    open.add(socket);
    socket.once("close", () => open.delete(socket)).resume();
    return socket;
  });
  await eventually(
    () => open.size,
    (count) => count === 20,
  );
  const bot = await rig.knock();
  bot.write(connectTo(`target.test:${port}`));
  await hearing(bot, "200 Connection");
  const more = Array.from({ length: 50 }, () =>
    connect(rig.relay.port, rig.relay.host).on("error", () => {}),
  );
  await Promise.all(more.map((socket) => once(socket, "connect")));
  bot.write("still mine");
  await hearing(bot, "still mine");
  for (const socket of [...waiting, ...more]) socket.destroy();
});

test("1500 hostile connections leave neither sockets nor tunnels behind, and memory stays where it was", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  const port = await rig.tcp((socket) => socket.end("x"));
  const heads = [
    "garbage\r\n\r\n",
    "CONNECT a.test:1 HTTP/1.1\r\n\r\n",
    connectTo("127.0.0.1:1"),
    connectTo("unknown.test:1"),
    connectTo(`target.test:${port}`),
    "",
  ];
  const round = async (count: number): Promise<void> => {
    for (let batch = 0; batch < count / 50; batch++) {
      await Promise.all(
        Array.from({ length: 50 }, async (_nothing, index) => {
          const client = connect(rig.relay.port, rig.relay.host).on("error", () => {});
          await once(client, "connect");
          client.write(heads[index % heads.length] ?? "");
          if (index % 7 === 0) client.resetAndDestroy();
          else client.end();
          await hear(client);
        }),
      );
    }
  };
  await round(300);
  const before = process.memoryUsage();
  await round(1_200);
  await eventually(
    () => rig.relay.counters().openTunnels + proxy.counters().open,
    (open) => open === 0,
  );
  expect(process.memoryUsage().rss - before.rss).toBeLessThan(80 * 1_048_576);
  const handles = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  expect(handles).toBeLessThan(5);
});
