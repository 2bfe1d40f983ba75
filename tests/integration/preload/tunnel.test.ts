import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clients } from "./clients.ts";
import { startTunnelLab, type TunnelLab, tunnel } from "./tunnel-lab.ts";

let lab: TunnelLab;

beforeAll(async () => {
  lab = await startTunnelLab();
});
afterAll(() => lab.close());

test.each(clients)("%s goes through the relay", async (_, code) => {
  const before = lab.proxy.counters().requests;
  const ended = await lab.run(code);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toMatch(/peer\W+127\.88\.0\.1/);
  expect(lab.proxy.counters().requests).toBeGreaterThan(before);
});

test("global-agent 3 by preload of the operator's works and is counted once", async () => {
  const bootstrap = createRequire(import.meta.url).resolve("global-agent/bootstrap");
  const before = lab.proxy.counters().requests;
  const code = `require("https").get("https://venue.test:" + V + "/time", (r) => r.pipe(process.stdout))`;
  const ended = await lab.run(code, { preloads: [tunnel, bootstrap] });
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("127.88.0.1") });
  expect(lab.proxy.counters().requests).toBe(before + 1);
});

test("names are answered by addresses that stand for them, and nobody is asked", async () => {
  const ended = await lab.run(`
    const dns = require("dns"), tell = (p) => p.then(String, (e) => e.code);
    const p = dns.promises, r = new dns.promises.Resolver();
    (async () => console.log(JSON.stringify([
      (await p.lookup("Venue.test")).address === (await p.resolve4("venue.test"))[0],
      await tell(p.lookup("venue.test", { all: true }).then((a) => a.length)),
      await tell(p.lookup("venue.test", 6)), await tell(p.resolve6("venue.test")), await tell(r.resolveTxt("venue.test")),
      await tell(p.reverse("8.8.8.8")), await tell(p.lookup("127.0.0.1").then((a) => a.address)),
      await tell(p.lookup("localhost", 4).then((a) => a.address)), (await p.resolve4("b.test", { ttl: true }))[0].ttl,
    ])))()`);
  expect(ended.stderr).toBe("");
  expect(JSON.parse(ended.stdout)).toEqual([
    true,
    "1",
    "ENOTFOUND",
    "ENODATA",
    "ENODATA",
    "ENOTFOUND",
    "127.0.0.1",
    "127.0.0.1",
    1,
  ]);
});

test("UDP is refused with EPERM, loopback is not", async () => {
  const ended = await lab.run(`
    const dgram = require("dgram"), s = dgram.createSocket("udp4"), c = dgram.createSocket("udp4");
    s.on("message", (m) => { console.log(String(m)); s.close(); });
    c.on("error", (e) => { console.log(e.code, e.syscall); c.close(); });
    s.bind(0, "127.0.0.1", () => s.send("x", 53, "203.0.113.9", (e) => {
      console.log(e.code, e.syscall, e.address, e.port);
      c.connect(53, "203.0.113.9");
      s.send("local", s.address().port, "127.0.0.1");
    }));`);
  expect(ended.stdout.trim().split("\n").sort()).toEqual([
    "EPERM connect",
    "EPERM send 203.0.113.9 53",
    "local",
  ]);
});

test("a native handle used without net is refused", async () => {
  const ended = await lab.run(`
    const { TCP, TCPConnectWrap, constants } = process.binding("tcp_wrap");
    const cares = process.binding("cares_wrap");
    console.log(new TCP(constants.SOCKET).connect(new TCPConnectWrap(), "203.0.113.9", 443),
      cares.getaddrinfo(new cares.GetAddrInfoReqWrap(), "example.com", 0, 0, 0),
      new cares.ChannelWrap(1000, 1).queryA(new cares.QueryReqWrap(), "example.com"));`);
  expect(ended.stdout).toBe("-1 -3008 -1\n");
});

test("what is written and ended while dialling arrives whole, and so does the answer", async () => {
  const ended = await lab.run(`
    const s = require("net").connect({ port: G, host: "venue.test", allowHalfOpen: true }), big = "x".repeat(3e6);
    let bytes = 0; s.end(big); s.on("data", (d) => bytes += d.length); s.on("end", () => console.log(bytes, s.remotePort === G))`);
  expect(ended.stdout).toBe("3000006 true\n");
});

test("a socket made with a buffer of its own gets what came behind the relay's answer", async () => {
  const ended = await lab.run(`
    const s = require("net").connect({ port: G, host: "venue.test", onread: { buffer: Buffer.alloc(4), callback(n, b) {
      process.stdout.write(Buffer.from(b.subarray(0, n))); got += n; if (got >= 11) s.destroy(); return true; } } });
    let got = 0; s.write("again");`);
  expect(ended.stdout).toBe("hello again");
});

test("a socket given up while dialling leaves nothing that keeps the bot alive", async () => {
  const silent = createServer(() => {});
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const relayUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const destroyed = await lab.run(
    `const s = require("net").connect(443, "venue.test"); s.on("close", (e) => console.log("closed", e, s.connecting)); setImmediate(() => s.destroy())`,
    { relayUrl },
  );
  expect(destroyed).toMatchObject({ code: 0, stdout: "closed false false\n" });
  const unref = await lab.run(`require("net").connect(443, "venue.test").unref(); console.log("done")`, {
    relayUrl,
  });
  expect(unref).toMatchObject({ code: 0, stdout: "done\n" });
  const aborted = await lab.run(
    `const a = new AbortController(); require("https").get("https://venue.test", { signal: a.signal }).on("error", (e) => console.log(e.name)); setTimeout(() => a.abort(), 20)`,
    { relayUrl },
  );
  expect(aborted).toMatchObject({ code: 0, stdout: "AbortError\n" });
  silent.close();
});

test("a socket can be connected again after its end", async () => {
  const ended = await lab.run(`
    const s = new (require("net").Socket)(); let lives = 0; const go = () => s.connect(G, "venue.test");
    s.on("data", (d) => { process.stdout.write(d); s.end(); }); s.on("close", () => { if (++lives < 3) go(); }); go();`);
  expect(ended).toMatchObject({ code: 0, stdout: "hello hello hello ", stderr: "" });
});

test.each([
  ["502 Bad Gateway", "target refused: x", { code: "ECONNREFUSED", syscall: "connect", errno: -111 }],
  ["502 Bad Gateway", "target timeout: x", { code: "ETIMEDOUT", syscall: "connect" }],
  ["502 Bad Gateway", "target dns: x", { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "venue.test" }],
  ["502 Bad Gateway", "upstream auth: x", { code: "ECONNRESET", syscall: "connect" }],
  ["503 Service Unavailable", "Not let through: cut", { code: "ECONNREFUSED", syscall: "connect" }],
  ["403 Forbidden", "Not let through: private", { code: "EHOSTUNREACH", address: "venue.test", port: 443 }],
])("a relay that answers `%s` with `%s` gives an error of Node's own", async (status, body, shape) => {
  const relay = createServer((socket) => {
    socket.once("data", () =>
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    );
    socket.on("error", () => {});
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const relayUrl = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const code = `require("net").connect(443, "venue.test").on("error", (e) => console.log(JSON.stringify({ ...e, cause: e.cause.message })))`;
  const ended = await lab.run(code, { relayUrl });
  relay.close();
  expect(JSON.parse(ended.stdout)).toMatchObject({ ...shape, cause: body });
});

test("a dead relay means refused connections, never direct ones", async () => {
  const ended = await lab.run(
    `for (const host of ["venue.test", "203.0.113.9"]) require("net").connect(443, host).on("error", (e) => console.log(e.code, e.address)).on("close", (hadError) => hadError || console.log("no error"))`,
    { relayUrl: "http://127.0.0.1:1" },
  );
  expect(ended.stdout.trim().split("\n").sort()).toEqual([
    "ECONNREFUSED 203.0.113.9",
    "ECONNREFUSED venue.test",
  ]);
});

test("the bot's own listeners, unix sockets and messages to children go on working", async () => {
  const ended = await lab.run(`
    const net = require("net"), cp = require("child_process"), path = "\\0slipway-" + process.pid;
    const tcp = net.createServer((s) => s.end("tcp ")).listen(0, "localhost", () =>
      net.connect(tcp.address().port).on("data", (d) => { process.stdout.write(d); tcp.close();
        const unix = net.createServer((s) => s.end("unix ")).listen(path, () =>
          net.connect(path).on("data", (d) => { process.stdout.write(d); unix.close();
            const f = cp.spawn(process.execPath, ["-e", "process.send('ipc')"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
            f.on("message", (m) => process.stdout.write(m)); })); }));`);
  expect(ended).toMatchObject({ code: 0, stdout: "tcp unix ipc", stderr: "" });
});

test.each([
  ["no relay", { env: { HTTPS_PROXY: "" } }, "HTTPS_PROXY does not name the relay"],
  ["a relay elsewhere", { relayUrl: "http://u:hidden@203.0.113.9:80" }, "a relay on this machine"],
])("with %s the program does not start", async (_, change, why) => {
  const ended = await lab.run(`console.log("ran")`, change);
  expect(ended).toMatchObject({ code: 78, stdout: "", stderr: expect.stringContaining(why) });
  expect(ended.stderr).not.toContain("hidden");
});

test("without a part of Node that the tunnel needs the program does not start", async () => {
  const broken = new URL("../../fixtures/bots/hides-internals.cjs", import.meta.url).pathname;
  const ended = await lab.run(`console.log("ran")`, { preloads: [broken, tunnel] });
  expect(ended).toMatchObject({
    code: 78,
    stdout: "",
    stderr: expect.stringContaining("kReinitializeHandle"),
  });
});

test("a program that asks for every deprecation sees none of ours", async () => {
  const ended = await lab.run(`console.log("fine")`, { flags: ["--pending-deprecation"] });
  expect(ended).toEqual({ code: 0, signal: null, stdout: "fine\n", stderr: "" });
});
