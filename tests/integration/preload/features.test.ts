import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes, onNodes } from "./nodes.ts";
import { startTunnelLab, type TunnelLab } from "./tunnel-lab.ts";

let lab: TunnelLab;

beforeAll(async () => {
  lab = await startTunnelLab();
});
afterAll(() => lab.close());

/** What Node's network modules can do beside a plain connection; `G` says "hello " and repeats what it hears. */
const features: readonly (readonly [title: string, code: string, printed: string | RegExp])[] = [
  [
    "a lookup of the program's own that gives an address of dns",
    `net.connect({ port: G, host: "x.test", lookup: (h, o, done) => require("dns").lookup("venue.test", o, done) }).on("data", say).on("lookup", (e, a) => console.log(a.startsWith("198.18.")))`,
    "true\nhello ",
  ],
  [
    "a lookup of the program's own that fails",
    `net.connect({ port: G, host: "venue.test", lookup: (h, o, done) => done(Object.assign(new Error("no"), { code: "EOWN" })) }).on("error", (e) => console.log(e.code))`,
    "EOWN\n",
  ],
  [
    "a lookup of the program's own that gives nonsense",
    `net.connect({ port: G, host: "venue.test", lookup: (h, o, done) => done(null, "nonsense", 4) }).on("error", (e) => console.log(e.code))`,
    "ENOTFOUND\n",
  ],
  [
    "a greeting that comes with the connection, again and again on one socket",
    `const s = new net.Socket(), said = []; let lives = 0; const go = () => s.connect(G, "venue.test");
     s.on("connect", () => said.push("connect")).on("data", (d) => { said.push(String(d)); s.end(); }).on("close", () => { if (++lives < 5) go(); else console.log(said.join("")); }); go();`,
    `${"connecthello ".repeat(5)}\n`,
  ],
  [
    "a socket destroyed while its own lookup is under way",
    `const s = net.connect({ port: G, host: "venue.test", lookup: (h, o, done) => setImmediate(done, null, "198.18.0.1", 4) }).on("close", (e) => console.log("closed", e)); s.destroy()`,
    "closed false\n",
  ],
  [
    "happy eyeballs switched off",
    `net.setDefaultAutoSelectFamily(false); net.connect({ port: G, host: "venue.test" }).on("data", say)`,
    "hello ",
  ],
  [
    "happy eyeballs switched on, with options of its own",
    `net.setDefaultAutoSelectFamilyAttemptTimeout(20); net.connect({ port: G, host: "venue.test", autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 10, family: 0 }).on("data", say)`,
    "hello ",
  ],
  [
    "an address and port of its own to leave from",
    `net.connect({ port: G, host: "venue.test", localAddress: "127.0.0.1", localPort: 0 }).on("data", say)`,
    "hello ",
  ],
  [
    "keep-alive, no delay and a ring of calls before the connection",
    `const s = new net.Socket(); s.setKeepAlive(true, 1000).setNoDelay(true).setTimeout(9e3); s.connect({ port: G, host: "venue.test", noDelay: true, keepAlive: true }, () => console.log(s.connecting, s.readyState, s.remotePort === G, s.remoteFamily, s.localAddress)); s.on("data", say)`,
    "false open true IPv4 127.0.0.1\nhello ",
  ],
  [
    "a socket paused before it is connected",
    `const s = net.connect(G, "venue.test"); s.pause(); s.on("connect", () => setTimeout(() => { s.on("data", say); s.resume(); }, 30))`,
    "hello ",
  ],
  [
    "a socket read with async iteration",
    `(async () => { for await (const part of net.connect(G, "venue.test")) { process.stdout.write(part); break; } })()`,
    "hello ",
  ],
  [
    "a half-open socket that writes after the answer",
    `const s = net.connect({ port: G, host: "venue.test", allowHalfOpen: true }); let all = ""; s.on("data", (d) => { all += d; if (all === "hello ") s.end("bye"); }).on("end", () => console.log(all))`,
    "hello bye\n",
  ],
  [
    "an abort signal on a connected socket",
    `const a = new AbortController(), s = new net.Socket({ signal: a.signal }); s.connect(G, "venue.test").on("data", () => a.abort()).on("error", (e) => console.log(e.name))`,
    "AbortError\n",
  ],
  [
    "resetAndDestroy while dialling",
    `const s = net.connect(G, "venue.test", () => console.log("connected")).on("error", (e) => console.log(e.code)).on("close", () => console.log("closed")); s.resetAndDestroy()`,
    "connected\nclosed\n",
  ],
  [
    "destroySoon with a write under way",
    `const s = net.connect(G, "venue.test"); s.write("x"); s.destroySoon(); s.on("close", (e) => console.log("closed", e))`,
    "closed false\n",
  ],
  [
    "a second connect on a socket that ended",
    `const s = net.connect(G, "venue.test"); let n = 0; s.on("data", () => s.destroy()); s.on("close", () => { if (++n < 3) s.connect(G, "venue.test"); else console.log(n); })`,
    "3\n",
  ],
  [
    "two streams of one HTTP/2 session",
    `const c = require("http2").connect("https://venue.test:" + H); let open = 2; for (const path of ["/a", "/b"]) c.request({ ":path": path }).on("data", (d) => console.log(String(d))).on("end", () => { if (--open === 0) c.close(); })`,
    "over HTTP/2\nover HTTP/2\n",
  ],
  [
    "a TLS session taken up again",
    `const tls = require("tls"), go = (session, next) => { const s = tls.connect({ host: "venue.test", port: V, servername: "venue.test", session, maxVersion: "TLSv1.2" }, () => { console.log(s.isSessionReused()); const own = s.getSession(); s.destroy(); if (next) next(own); }); }; go(undefined, (own) => go(own))`,
    "false\ntrue\n",
  ],
  [
    "a TLS name that the certificate does not have",
    `require("tls").connect({ host: "witness.test", port: V, servername: "other.test" }).on("error", (e) => console.log(e.code))`,
    "ERR_TLS_CERT_ALTNAME_INVALID\n",
  ],
  [
    "a TLS upgrade of a socket that is connected",
    `const raw = net.connect(V, "venue.test", () => { const s = require("tls").connect({ socket: raw, servername: "venue.test" }, () => { console.log(s.authorized); s.destroy(); }); })`,
    "true\n",
  ],
  [
    "resolvers of the program's own with servers of its own",
    `const dns = require("dns"), r = new dns.Resolver({ timeout: 100, tries: 1 }); r.setServers(["203.0.113.9"]); dns.setServers(["203.0.113.9"]);
     r.resolve4("venue.test", (e, a) => { console.log(e, a[0].startsWith("198.18."), dns.getServers().join()); r.resolveMx("venue.test", (e) => console.log(e.code)); r.cancel(); })`,
    "null true 203.0.113.9\nENODATA\n",
  ],
  [
    "dns/promises by an import",
    `import("node:dns/promises").then(async (dns) => { const { address } = await dns.lookup("venue.test"); net.connect(G, address).on("data", say); })`,
    "hello ",
  ],
  [
    "multicast and a connected datagram",
    `const s = require("dgram").createSocket("udp4"); s.bind(0, "127.0.0.1", () => { try { s.addMembership("224.0.0.251"); } catch (e) { console.log(e.code); } s.connect(9, "203.0.113.9", (e) => { console.log(e.code); s.close(); }); })`,
    "EPERM\nEPERM\n",
  ],
  [
    "a name over UDP",
    `const s = require("dgram").createSocket("udp4"); s.send("x", 9, "venue.test", (e) => { console.log(e.code); s.close(); })`,
    "EPERM\n",
  ],
  [
    "code in another context",
    `const vm = require("vm"); vm.runInNewContext('require("net").connect(G, "venue.test").on("data", say)', { require, G, say })`,
    "hello ",
  ],
  [
    "proxy variables that the program changed itself",
    `process.env.HTTPS_PROXY = process.env.https_proxy = "http://203.0.113.9:1"; delete process.env.HTTP_PROXY; net.connect(G, "venue.test").on("data", say)`,
    "hello ",
  ],
  [
    "an unknown name",
    `net.connect(G, "nobody.test").on("error", (e) => console.log(e.code, e.syscall, e.hostname))`,
    /^(ENOTFOUND getaddrinfo nobody.test|ECONNRESET connect undefined)\n$/,
  ],
  [
    "a port that Node refuses",
    `try { net.connect(65536, "venue.test"); } catch (e) { console.log(e.code); } net.connect(0, "203.0.113.9").on("error", (e) => console.log(e.code))`,
    "ERR_SOCKET_BAD_PORT\nEPERM\n",
  ],
];

const prelude = `const net = require("net"), say = function (d) { process.stdout.write(d); this.destroy(); };\n`;
test.each(onNodes(features))("%s works as without the tunnel", async (_, node, [, code, printed]) => {
  const ended = await lab.run(prelude + code, { node: node.path });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  if (typeof printed === "string") expect(ended.stdout).toBe(printed);
  else expect(ended.stdout).toMatch(printed);
  expect(lab.peers.filter((peer) => peer !== "127.88.0.1")).toEqual([]);
});

const blocklists = nodes.filter(({ name }) => name !== "Node 20");
test.each(onNodes([["an address that the program blocks"]] as const, blocklists))(
  "%s is not dialled",
  async (_, node) => {
    const ended = await lab.run(
      `const net = require("net"), blockList = new net.BlockList(); blockList.addAddress("203.0.113.9");
       net.connect({ port: 443, host: "203.0.113.9", blockList }).on("error", (e) => console.log(e.code));`,
      { node: node.path },
    );
    expect(ended).toMatchObject({ code: 0, stdout: "ERR_IP_BLOCKED\n" });
  },
);

const withProxySupport = nodes.filter(({ name }) => name === "Node 24" || name === "Node 26");
test.each(
  onNodes(
    [
      [
        "NODE_USE_ENV_PROXY=1 and https",
        `require("https").get("https://venue.test:" + V + "/time", (r) => r.pipe(process.stdout))`,
      ],
      [
        "NODE_USE_ENV_PROXY=1 and fetch",
        `fetch("https://venue.test:" + V + "/time").then((r) => r.text()).then(console.log)`,
      ],
      [
        "http.setGlobalProxyFromEnv",
        `require("http").setGlobalProxyFromEnv(); require("https").get("https://venue.test:" + V + "/time", (r) => r.pipe(process.stdout))`,
      ],
      [
        "http.setGlobalProxyFromEnv with another proxy",
        `require("http").setGlobalProxyFromEnv({ https_proxy: "http://203.0.113.9:1" }); require("https").get("https://venue.test:" + V + "/time").on("error", (e) => console.log("127.88.0.1", e.code))`,
      ],
    ] as const,
    withProxySupport,
  ),
)("%s goes through the relay once", async (title, node, [, code]) => {
  const before = lab.proxy.counters().requests;
  const env: Record<string, string> = title.includes("NODE_USE") ? { NODE_USE_ENV_PROXY: "1" } : {};
  const ended = await lab.run(code, { node: node.path, env });
  expect(ended.stdout).toContain("127.88.0.1");
  expect(lab.proxy.counters().requests).toBe(before + 1);
});
