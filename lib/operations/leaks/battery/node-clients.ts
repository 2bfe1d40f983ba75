import { type LeakClient, nodeClient } from "../leak-client.ts";

const plainGet =
  'const { LEAK_HOST: h, LEAK_TAG: t } = process.env; require("http").get("http://" + h + "/" + t, (r) => r.resume())';
// A program started with nothing in its environment still knows the target.
const bareGet = `"require('http').get('http://" + host + "/" + tag + "', (r) => r.resume()).on('error', () => {})"`;

/** Node's own ways out, one client each. */
export const nodeClients: readonly LeakClient[] = [
  nodeClient("node http", `require("http").get("http://" + host + "/" + tag, show).on("error", fail)`),
  nodeClient("node https", `require("https").get("https://" + host + "/" + tag, show).on("error", fail)`),
  nodeClient(
    "node https, own agent",
    `const { Agent, get } = require("https"); const agent = new Agent({ keepAlive: true });
     get({ host, path: "/" + tag, agent }, (r) => show(r).on("end", () => agent.destroy())).on("error", fail)`,
  ),
  nodeClient(
    "node https, ESM import",
    `import("node:https").then(({ get }) => get("https://" + host + "/" + tag, show).on("error", fail))`,
  ),
  nodeClient(
    "node fetch",
    `fetch("https://" + host + "/" + tag).then((r) => r.text()).then(console.log, fail)`,
  ),
  nodeClient(
    "node WebSocket",
    `if (typeof WebSocket === "undefined") process.exit(77);
     const s = new WebSocket("wss://" + host + "/" + tag); s.onmessage = (m) => { console.log(m.data); s.close(); }; s.onerror = fail`,
  ),
  nodeClient(
    "node http2",
    `const c = require("http2").connect("https://" + host); c.on("error", fail);
     show(c.request({ ":path": "/" + tag })).on("close", () => c.close())`,
  ),
  nodeClient(
    "node net, name",
    `show(require("net").connect(9443, host)).on("connect", function () { this.write(tag) })`,
  ),
  nodeClient(
    "node net, IPv4",
    `show(require("net").connect(9443, ipv4)).on("connect", function () { this.write(tag) })`,
  ),
  nodeClient(
    "node net, IPv6",
    `show(require("net").connect(9443, ipv6)).on("connect", function () { this.write(tag) })`,
  ),
  nodeClient(
    "node net, unlisted port",
    `show(require("net").connect(9000, ipv4)).on("connect", function () { this.write(tag) })`,
  ),
  nodeClient(
    "node tls",
    `show(require("tls").connect({ host, port: 443, servername: host }, function () { this.write("GET /" + tag + " HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n") }))`,
  ),
  nodeClient(
    "node dns.lookup",
    `require("dns").lookup(tag + "." + host, (e, a) => e ? fail(e) : console.log(a))`,
  ),
  nodeClient(
    "node dns.resolve4",
    `require("dns").promises.resolve4(tag + "." + host).then(console.log, fail)`,
  ),
  nodeClient(
    "node dns, 8.8.8.8 in the code",
    `const r = new (require("dns").Resolver)({ timeout: 500, tries: 1 }); r.setServers(["8.8.8.8"]); r.resolve4(tag + "." + host, (e, a) => e ? fail(e) : console.log(a))`,
  ),
  nodeClient(
    "node dgram, UDP 443",
    `const s = require("dgram").createSocket("udp4").on("error", fail); s.send(tag, 443, ipv4, (e) => { s.close(); if (e) fail(e); })`,
  ),
  nodeClient(
    "node dgram, connected, IPv6",
    `const s = require("dgram").createSocket("udp6").on("error", fail); s.connect(5000, ipv6, (e) => { if (e) { s.close(); return fail(e); } s.send(tag, () => s.close()); })`,
  ),
  nodeClient(
    "node worker, bare",
    `new (require("worker_threads").Worker)(${bareGet}, { eval: true, env: {}, execArgv: [] }).on("error", fail)`,
  ),
  nodeClient(
    "node child",
    `require("child_process").execFile(process.execPath, ["-e", ${JSON.stringify(plainGet)}], (e) => e && fail(e))`,
  ),
  nodeClient(
    "node child, empty environment",
    `require("child_process").execFile(process.execPath, ["-e", ${bareGet}], { env: {} }, (e) => e && fail(e))`,
  ),
  nodeClient(
    "node native handle",
    `const { TCP, TCPConnectWrap } = process.binding("tcp_wrap"); const t = new TCP(0), r = new TCPConnectWrap();
     r.oncomplete = (s) => { console.log("status", s); t.close(); }; const code = t.connect(r, ipv4, 80); if (code) fail(new Error("refused " + code))`,
  ),
];
