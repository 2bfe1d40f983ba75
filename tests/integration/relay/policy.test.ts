import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { monotonic } from "../../../lib/domain/time.ts";
import { patient } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import { connectTo, hear, hearing, openRelayRig, type RelayRig, schemes, ways } from "./relay-rig.ts";

let rig: RelayRig;
afterEach(() => rig.close());

const echo = (socket: Socket) => socket.pipe(socket);

/** A tunnel through the relay to an echoing target, proven by a word that came back. */
async function openTunnel(port: number): Promise<Socket> {
  const socket = await rig.knock();
  socket.write(connectTo(`target.test:${port}`));
  await hearing(socket, "200 Connection established\r\n\r\n");
  socket.write("word");
  await hearing(socket, "word");
  return socket;
}

test("a client without the run token, or with another, gets 407 on every way in and reaches nothing", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  const port = await rig.http((_request, response) => response.end("never"));
  for (const password of ["", "Run0Toke", "Run0Token0", "run0token"]) {
    const by = ways(rig.relay, password);
    const url = `http://target.test:${port}/`;
    expect(await rig.curl("-i", ...by["absolute form"], url)).toMatch(/^HTTP\/1.1 407 .*realm="launch"/s);
    await expect(rig.curl(...by.CONNECT, url)).rejects.toThrow("407");
    await expect(rig.curl(...by.SOCKS5, url)).rejects.toThrow(/rejected|authentication|credentials|SOCKS5/i);
  }
  await expect(rig.curl("-x", `socks5h://127.0.0.1:${rig.relay.port}`, "http://a.test")).rejects.toThrow();
  expect(rig.events.map(({ type }) => type)).toEqual(
    Array.from({ length: 13 }, () => "unauthenticated-client"),
  );
  expect(proxy.counters().accepted).toBe(0);
});

test("while the gate has had no word whoever comes waits, the first knock is told once, and the launcher itself gets through", async () => {
  rig = await openRelayRig({ isShut: true });
  const proxy = await rig.use("http");
  const port = await rig.tcp(echo);
  expect(rig.relay.gate).toBe("shut");
  const early = Array.from({ length: 2 }, () =>
    expect(rig.curl(...ways(rig.relay).CONNECT, `http://target.test:${port}/`)).rejects.toThrow("503"),
  );
  await eventually(
    () => rig.events.map(({ type }) => type),
    (types) => types.includes("connection-before-ready"),
  );
  expect(rig.events.filter(({ type }) => type === "connection-before-ready")).toHaveLength(1);
  expect(proxy.counters().accepted).toBe(0);
  const own = await rig.relay.dial("target.test", port, patient(2_000));
  own.write("proof");
  expect(String((await once(own, "data"))[0])).toBe("proof");
  rig.relay.cut("test");
  await Promise.all(early);
  own.write("still");
  expect(String((await once(own, "data"))[0])).toBe("still");
  own.destroy();
  rig.relay.open();
  (await openTunnel(port)).destroy();
});

test("what a process sent before its end is refused after the relay was shut for the next one, and is not that one's", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  const head = JSON.stringify(connectTo("target.test:80"));
  const sends = `require("net").connect(${rig.relay.port}, "127.0.0.1").end(${head}, () => process.exit())`;
  // Nothing is accepted here meanwhile.
  for (let count = 0; count < 3; count += 1) execFileSync(process.execPath, ["-e", sends]);
  rig.relay.shut();
  await eventually(
    () => rig.relay.counters().refused,
    (refused) => refused === 3,
  );
  expect(rig.events.map(({ type }) => type)).toEqual(["refused", "refused", "refused"]);
  // No next process connects within the turns in which those of the one before arrive.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const client = await rig.knock();
  client.write(connectTo("target.test:80"));
  await rig.event("connection-before-ready");
  expect(proxy.counters().accepted).toBe(0);
});

test("cut ends every tunnel in the same turn, and nothing passes until the relay is opened again", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const port = await rig.tcp(echo);
  const tunnels = await Promise.all(Array.from({ length: 20 }, () => openTunnel(port)));
  expect(rig.relay.counters()).toMatchObject({ openTunnels: 20, tunnels: 20 });
  const errors = tunnels.map((socket) => once(socket, "error"));
  rig.relay.cut("the exit drifted");
  expect(rig.relay.gate).toBe("cut");
  for (const [error] of await Promise.all(errors)) expect(error.code).toBe("ECONNRESET");
  expect(rig.relay.counters().openTunnels).toBe(0);
  await expect(rig.curl(...ways(rig.relay).CONNECT, "http://target.test/")).rejects.toThrow("503");
  rig.relay.open();
  await openTunnel(port);
});

for (const scheme of schemes) {
  test(`cut also ends a dial under way through ${scheme}, and what we broke off accuses no proxy`, async () => {
    rig = await openRelayRig();
    const proxy = await rig.use(scheme);
    proxy.setFault({ kind: "hang" });
    const client = await rig.knock();
    client.write(connectTo("target.test:80"));
    await eventually(
      () => proxy.counters().open,
      (open) => open === 1,
    );
    rig.relay.cut("test");
    await hear(client);
    await eventually(
      () => proxy.counters().open,
      (open) => open === 0,
    );
    expect(rig.events.filter(({ type }) => type !== "connection-before-ready")).toEqual([]);
    expect(rig.relay.counters()).toMatchObject({ openTunnels: 0, failures: 0 });
  });
}

test("a client that leaves while we dial ends the dial", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  proxy.setFault({ kind: "hang" });
  const client = await rig.knock();
  client.write(connectTo("target.test:80"));
  await eventually(
    () => proxy.counters().open,
    (open) => open === 1,
  );
  client.resetAndDestroy();
  await eventually(
    () => proxy.counters().open,
    (open) => open === 0,
  );
  expect(rig.relay.counters()).toMatchObject({ failures: 0, openTunnels: 0 });
});

test("at its deadline the gate shuts by itself and ends the tunnels; a later deadline told in time keeps it open", async () => {
  rig = await openRelayRig();
  await rig.use("http");
  const port = await rig.tcp(echo);
  rig.relay.setDeadline(monotonic(systemClock.monotonicMs() + 60));
  rig.relay.setDeadline(monotonic(systemClock.monotonicMs() + 60_000));
  const tunnel = await openTunnel(port);
  rig.relay.setDeadline(monotonic(systemClock.monotonicMs() + 40));
  await once(tunnel, "error");
  await rig.event("deadline");
  expect(rig.relay.gate).toBe("shut");
  await expect(rig.curl(...ways(rig.relay).CONNECT, "http://target.test/")).rejects.toThrow("503");
  rig.relay.open();
  expect(rig.relay.gate).toBe("shut");
  rig.relay.setDeadline(undefined);
  rig.relay.open();
  await openTunnel(port);
});

test("a new upstream takes the new connections; open ones stay until they are cut", async () => {
  rig = await openRelayRig();
  const first = await rig.use("http");
  const port = await rig.tcp(echo);
  const old = await openTunnel(port);
  const second = await rig.use("socks5", { exitAddress: "127.0.0.12" });
  await openTunnel(port);
  old.write("still here");
  await hearing(old, "still here");
  expect([first.counters().requests, second.counters().requests]).toEqual([1, 1]);
  rig.relay.setUpstream(undefined);
  await expect(rig.curl(...ways(rig.relay).CONNECT, "http://target.test/")).rejects.toThrow("502");
});

const forbidden = [
  "127.0.0.1:80",
  "127.1.2.3:80",
  "[::]:80",
  "[fe80::1]:80",
  "[fd00::1]:80",
  "[::ffff:127.0.0.1]:80",
  "[::ffff:7f00:1]:80",
  "10.0.0.1:80",
  "172.16.0.1:80",
  "192.168.1.1:80",
  "169.254.169.254:80",
  "100.64.0.1:80",
  "224.0.0.1:80",
  "255.255.255.255:80",
  "0.0.0.0:80",
  "198.18.0.1:80",
  "localhost:80",
  "LOCALHOST:80",
  "localhost.:80",
  "api.localhost:80",
];
const malformed = [
  "2130706433:80",
  "127.1:80",
  "0x7f.1:80",
  "0x7f000001:80",
  "a.test",
  "a.test:0",
  "a.test:65536",
  ":80",
];

test("loopback, private, link-local, multicast and reserved targets are refused, and hosts that only look like names", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  for (const [targets, status] of [
    [forbidden, 403],
    [malformed, 400],
  ] as const) {
    for (const target of targets) {
      const client = await rig.knock();
      client.write(connectTo(target));
      expect(await hear(client), target).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    }
  }
  expect(rig.events.filter(({ type }) => type === "refused")).toHaveLength(
    forbidden.length + malformed.length,
  );
  expect(proxy.counters().accepted).toBe(0);
});

test("a target listed under local is dialled direct, and only it", async () => {
  const server = createServer((socket) => socket.end(String(socket.remoteAddress)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  rig = await openRelayRig({ local: [`localhost:${port}`] });
  const proxy = await rig.use("http");
  for (const host of ["127.0.0.1", "localhost"]) {
    const client = await rig.knock();
    client.write(connectTo(`${host}:${port}`));
    expect(await hear(client)).toMatch(/127\.0\.0\.1$/);
  }
  const other = await rig.knock();
  other.write(connectTo(`127.0.0.1:${port === 65_535 ? 1 : port + 1}`));
  expect(await hear(other)).toMatch(/^HTTP\/1.1 403/);
  rig.relay.cut("test");
  const late = await rig.knock();
  late.write(connectTo(`127.0.0.1:${port}`));
  expect(await hear(late)).toMatch(/^HTTP\/1.1 503/);
  expect(proxy.counters().accepted).toBe(0);
  server.close();
});

test("a public address is no local target", async () => {
  rig = await openRelayRig();
  await expect(openRelayRig({ local: ["8.8.8.8:53"] })).rejects.toThrow("8.8.8.8:53");
  await expect(openRelayRig({ local: ["127.0.0.1"] })).rejects.toThrow("127.0.0.1");
});

test("an attached listener needs no token, goes where the socket was meant to go, and is cut and closed with the relay", async () => {
  rig = await openRelayRig();
  await rig.use("socks5");
  const port = await rig.tcp(echo);
  const server = createServer();
  let destination: { host: string; port: number } | undefined = { host: "target.test", port };
  rig.relay.attach({ server, destinationOf: () => destination });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = (server.address() as { port: number }).port;
  const client = connect(at, "127.0.0.1").on("error", () => {});
  client.end("word");
  expect(await hear(client)).toBe("word");
  destination = undefined;
  const lost = connect(at, "127.0.0.1").on("error", () => {});
  await hear(lost);
  await rig.event("refused");
  destination = { host: "target.test", port };
  const held = connect(at, "127.0.0.1").on("error", () => {});
  held.write("held");
  await hearing(held, "held");
  rig.relay.cut("test");
  await hear(held);
  await rig.relay.close();
  expect(server.listening).toBe(false);
});

test("an address literal of a family that nobody proved is refused on every way in, names go to the proxy", async () => {
  rig = await openRelayRig();
  const proxy = await rig.use("http");
  const port = await rig.http((_request, response) => response.end("reached"));
  const six = await rig.http((_request, response) => response.end("reached"), "::1");
  rig.relay.setFamilies(["ipv4"]);
  for (const args of Object.values(ways(rig.relay))) {
    await expect(rig.curl("-f", ...args, `http://[::1]:${six}/`)).rejects.toThrow();
    expect(await rig.curl(...args, `http://127.0.0.21:${port}/`)).toBe("reached");
    expect(await rig.curl(...args, `http://target.test:${port}/`)).toBe("reached");
  }
  const refused = rig.events.filter((event) => event.type === "refused");
  expect(refused.map(({ target, why }) => `${target}: ${why}`)).toEqual(
    Array.from(
      { length: 3 },
      () => `[::1]:${six}: it is an IPv6 address, and the exit is proven only for IPv4`,
    ),
  );
  expect(proxy.counters().targets).not.toContain(`[::1]:${six}`);
  rig.relay.setFamilies(["ipv6"]);
  await expect(rig.curl("-f", ...ways(rig.relay).CONNECT, `http://127.0.0.21:${port}/`)).rejects.toThrow();
  rig.relay.setFamilies(["ipv4", "ipv6"]);
  await rig.use("http", { exitAddress: "::1" });
  expect(await rig.curl(...ways(rig.relay).CONNECT, `http://[::1]:${six}/`)).toBe("reached");
});
