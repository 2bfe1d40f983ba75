import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { relayFactory } from "../../../lib/adapters/relay/relay.ts";
import type { Relay, RelayEvent } from "../../../lib/ports/relay.ts";
import { builtFile } from "../../support/built.ts";
import { type NodeUnderTest, onNodes } from "./nodes.ts";
import { type Ended, type Preloaded, startPreloaded } from "./preloaded.ts";

const runId = "00000000-0000-4000-8000-00000000feed";
let events: RelayEvent[] = [];
let relay: Relay;
/** Servers of the host that are no part of any bot; the first one is listed under `local`. */
let listed: Server;
let unlisted: Server;
let strangers = 0;

beforeAll(async () => {
  listed = createServer((socket) => socket.end("database"));
  unlisted = createServer((socket) => {
    strangers += 1;
    socket.on("error", () => {}).end("secret");
  });
  for (const server of [listed, unlisted]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  relay = await relayFactory(systemClock).open({
    name: "alice",
    token: "Run0Token",
    local: [`127.0.0.1:${portOf(listed)}`],
    publicRanges: [],
    onEvent: (event) => events.push(event),
  });
  relay.open();
});
afterAll(async () => {
  await relay.close();
  for (const server of [listed, unlisted]) server.close();
});
afterEach(() => {
  expect(strangers).toBe(0);
  events = [];
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function run(code: string, node: NodeUnderTest): Promise<Ended> {
  return start(code, node).ended;
}

function start(code: string, { path }: NodeUnderTest, { isFed = false } = {}): Preloaded {
  const url = `http://launch:Run0Token@${relay.host}:${relay.port}`;
  const ports = `const [L, U] = [${portOf(listed)}, ${portOf(unlisted)}]; const net = require("net");
    const tell = (at) => new Promise((done) => { let text = ""; const s = typeof at.on === "function" ? at : net.connect(at);
      s.on("data", (d) => { text += d; }).on("error", (e) => { text = e.code + " " + e.syscall + " " + e.address + " " + (e.port === U || e.port); }).on("close", () => done(text)); });\n`;
  return startPreloaded({
    node: path,
    preloads: [builtFile("preload/preload/tunnel.js")],
    env: { HTTPS_PROXY: url, LAUNCH_RUN_ID: runId },
    args: ["-e", ports + code],
    isFed,
  });
}

const refused = "ECONNREFUSED connect 127.0.0.1 true";

test.each(
  onNodes([
    [
      "a port listed under local by address",
      `tell({ port: L, host: "127.0.0.1" }).then(console.log)`,
      "database",
    ],
    [
      "a port listed under local by name",
      `tell({ port: L, host: "localhost" }).then(console.log)`,
      "database",
    ],
    ["a port listed under local without a host", `tell({ port: L }).then(console.log)`, "database"],
    ["an unlisted port by address", `tell({ port: U, host: "127.0.0.1" }).then(console.log)`, refused],
    ["an unlisted port by name", `tell({ port: U, host: "localhost" }).then(console.log)`, refused],
    [
      "an unlisted port by a mapped address",
      `tell({ port: U, host: "::ffff:127.0.0.1" }).then(console.log)`,
      refused,
    ],
    [
      "an unlisted port by the unspecified address",
      `tell({ port: U, host: "0.0.0.0" }).then(console.log)`,
      refused,
    ],
    [
      "an unlisted port by fetch",
      `fetch("http://localhost:" + U).catch((e) => console.log(e.cause.code, "connect", e.cause.address, e.cause.port === U))`,
      refused,
    ],
    [
      "an unlisted port by a lookup of the program's own",
      `tell({ port: U, host: "venue.test", lookup: (h, o, done) => o.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4) }).then(console.log)`,
      refused,
    ],
    [
      "an unlisted port by a native handle",
      `const { TCP, TCPConnectWrap } = process.binding("tcp_wrap"); console.log(new TCP(0).connect(new TCPConnectWrap(), "127.0.0.1", U))`,
      "-1",
    ],
    [
      "an unlisted port from a worker",
      `new (require("worker_threads").Worker)('require("net").connect(' + U + ').on("error", (e) => console.log(e.code, e.syscall, e.address, true))', { eval: true, env: {}, execArgv: [] })`,
      refused,
    ],
    [
      "an unlisted port from a child",
      `require("child_process").spawnSync(process.execPath, ["-e", 'require("net").connect(' + U + ').on("error", (e) => console.log(e.code, e.syscall, e.address, true))'], { env: {}, stdio: "inherit" })`,
      refused,
    ],
  ] as const),
)("%s is answered as the relay decides", async (_, node, [, code, answer]) => {
  expect(await run(code, node)).toEqual({ code: 0, signal: null, stdout: `${answer}\n`, stderr: "" });
});

const cluster = new URL("../../fixtures/bots/serves-as-cluster.cjs", import.meta.url).pathname;
const inWorker = `new (require("worker_threads").Worker)('const s = require("net").createServer((c) => c.end("own")).listen(0, "127.0.0.1", () => require("worker_threads").parentPort.postMessage(s.address().port))', { eval: true })`;
const inChild = `require("child_process").spawn(process.execPath, ["-e", 'const s = require("net").createServer((c) => c.end("own")).listen(0, "127.0.0.1", () => process.send(s.address().port))'], { stdio: ["ignore", "inherit", "inherit", "ipc"], env: {} })`;
test.each(
  onNodes([
    ...["127.0.0.1", "::1", "0.0.0.0", "::"].map(
      (address) =>
        [
          `on ${address}`,
          `const s = net.createServer((c) => c.end("own")).listen(0, "${address}", () => tell({ port: s.address().port, host: "localhost" }).then((t) => { console.log(t); s.close(); }))`,
        ] as const,
    ),
    [
      "on ::1 while addresses are not tried in turn",
      `net.setDefaultAutoSelectFamily(false); const s = net.createServer((c) => c.end("own")).listen(0, "::1", () => tell({ port: s.address().port, host: "localhost" }).then((t) => { console.log(t); s.close(); }))`,
    ],
    [
      "in a worker",
      `const w = ${inWorker}; w.on("message", (port) => tell({ port }).then((t) => { console.log(t); w.terminate(); }))`,
    ],
    [
      "in a child",
      `const c = ${inChild}; c.on("message", (port) => tell({ port }).then((t) => { console.log(t); c.kill(); }))`,
    ],
    [
      "of the parent, reached from a child",
      `const s = net.createServer((c) => c.end("own")).listen(0, "127.0.0.1", () => require("child_process").spawn(process.execPath, ["-e", 'require("net").connect(' + s.address().port + ').on("data", (d) => console.log(String(d)))'], { stdio: "inherit" }).on("exit", () => s.close()))`,
    ],
    [
      "of a cluster",
      `require("cluster").setupPrimary({ exec: ${JSON.stringify(cluster)}, args: [], execArgv: [] }); require(${JSON.stringify(cluster)})`,
    ],
    [
      "by HTTP/2",
      `const h2 = require("http2"), s = h2.createServer((q, r) => r.end("own")).listen(0, () => { const c = h2.connect("http://localhost:" + s.address().port); c.request().on("data", (d) => console.log(String(d))).on("end", () => { c.close(); s.close(); }); })`,
    ],
    [
      "of the inspector",
      `require("inspector").open(0, "127.0.0.1"); const { port } = new URL(require("inspector").url());
       require("http").get({ port, path: "/json/version" }, (r) => { r.resume(); console.log(r.statusCode === 200 ? "own" : r.statusCode); require("inspector").close(); })`,
    ],
    [
      "by UDP",
      `const s = require("dgram").createSocket("udp4").on("message", (m, r) => s.send(m, r.port, r.address)).bind(0, "127.0.0.1", () => {
         const c = require("dgram").createSocket("udp4"); c.connect(s.address().port, "127.0.0.1", () => c.send("own")); c.on("message", (m) => { console.log(String(m)); c.close(); s.close(); }); })`,
    ],
  ] as const),
)("%s: a listener of the bot's own is reached without the relay", async (_, node, [, code]) => {
  const ended = await run(code, node);
  expect({ ...ended, stderr: "" }).toEqual({ code: 0, signal: null, stdout: "own\n", stderr: "" });
  expect(events).toEqual([]);
});

test.each(onNodes([["a port that the bot gave up and a stranger took"]] as const))(
  "%s is refused",
  async (_, node) => {
    const bot = start(
      `const s = net.createServer().listen(0, "127.0.0.1", () => { const { port } = s.address();
       s.close(() => process.stdin.resume().once("data", () => tell({ port, host: "127.0.0.1" }).then((text) => { console.log(text.split(" ")[0]); process.exit(); }))); console.log(port); });`,
      node,
      { isFed: true },
    );
    const [text] = (await once(bot.child.stdout as Readable, "data")) as [string];
    const stranger = createServer(() => {
      strangers += 1;
    }).listen(Number(text), "127.0.0.1");
    await once(stranger, "listening");
    bot.child.stdin?.write("go");
    expect(await bot.ended).toMatchObject({ code: 0, stdout: `${text}ECONNREFUSED\n` });
    stranger.close();
  },
);

test.each(onNodes([["UDP to a stranger on this host"]] as const))(
  "%s is refused with EPERM",
  async (_, node) => {
    const stranger = createSocket("udp4").bind(0, "127.0.0.1");
    await once(stranger, "listening");
    stranger.on("message", () => {
      strangers += 1;
    });
    const { port } = stranger.address();
    const code = `const s = require("dgram").createSocket("udp4"); s.send("x", ${port}, "127.0.0.1", (e) => { console.log(e.code, e.syscall); s.close(); })`;
    expect(await run(code, node)).toMatchObject({ code: 0, stdout: "EPERM send\n" });
    stranger.close();
  },
);

test.each(onNodes([["names below localhost"]] as const))("%s never leave the process", async (_, node) => {
  const code = `const dns = require("dns"), cares = process.binding("cares_wrap");
    dns.lookup("a.localhost", { all: true }, (e, all) => console.log(JSON.stringify(all)));
    console.log(cares.getaddrinfo(new cares.GetAddrInfoReqWrap(), "a.localhost", 0, 0, 0));`;
  const both = `[{"address":"127.0.0.1","family":4},{"address":"::1","family":6}]`;
  expect(await run(code, node)).toMatchObject({ stdout: `-3008\n${both}\n` });
});
