import type { LeakClient } from "../../../lib/leak-check/clients/leak-client.ts";
import { nodeClient } from "./inline-client.ts";

const url = `"https://" + host + "/" + tag`;
const stream = `"wss://" + host + "/" + tag`;
const text = ".then((r) => r.text()).then(console.log, fail)";

/** Libraries that bots use, each in the forms that take ways of their own; run in the folder where they are installed. */
export const zooClients: readonly LeakClient[] = [
  nodeClient("axios", `require("axios").get(${url}).then((r) => console.log(r.data), fail)`),
  nodeClient(
    "axios, fetch adapter",
    `require("axios").get(${url}, { adapter: "fetch" }).then((r) => console.log(r.data), fail)`,
  ),
  nodeClient(
    "got",
    `import("got").then(({ got }) => got(${url}, { retry: { limit: 0 } }).text().then(console.log, fail))`,
  ),
  nodeClient(
    "got, http2 and DNS cache",
    `import("got").then(({ got }) => got(${url}, { http2: true, dnsCache: true, retry: { limit: 0 } }).text().then((t) => { console.log(t); process.exit(); }, fail))`,
  ),
  nodeClient(
    "ky",
    `import("ky").then(({ default: ky }) => ky(${url}, { retry: 0 }).text().then(console.log, fail))`,
  ),
  nodeClient("node-fetch", `import("node-fetch").then(({ default: get }) => get(${url})${text})`),
  nodeClient("superagent", `require("superagent").get(${url}).then((r) => console.log(r.body), fail)`),
  nodeClient("undici 7, own agent", withUndici("undici")),
  nodeClient("undici 6, own agent", withUndici("undici6")),
  nodeClient(
    "undici 8, own agent",
    `if (process.versions.node.startsWith("20.")) process.exit(77); ${withUndici("undici8")}`,
  ),
  nodeClient(
    "undici 7, WebSocket",
    `const { WebSocket: W } = require("undici"); const s = new W(${stream}); s.onmessage = (m) => { console.log(m.data); s.close(); }; s.onerror = fail`,
  ),
  nodeClient(
    "ws",
    `const s = new (require("ws"))(${stream}); s.on("message", (m) => { console.log(String(m)); s.close(); }).on("error", fail)`,
  ),
  nodeClient(
    "socket.io, polling",
    `const s = require("socket.io-client").io("https://" + host, { path: "/" + tag, reconnection: false, transports: ["polling"] }); s.on("connect_error", (e) => { console.log(e.message); s.close(); })`,
  ),
  nodeClient(
    "socket.io, WebSocket",
    `const s = require("socket.io-client").io("https://" + host, { path: "/" + tag, reconnection: false, transports: ["websocket"] }); s.on("connect_error", (e) => { console.log(e.message); s.close(); }); setTimeout(() => s.close(), 1500).unref()`,
  ),
  nodeClient(
    "ccxt, REST",
    `new (require("ccxt").binance)().fetch(${url}).then((r) => { console.log(r); process.exit(); }, fail)`,
  ),
  nodeClient(
    "ccxt, pro",
    `const x = new (require("ccxt").pro.binance)(); x.handleMessage = (c, m) => { console.log(m); process.exit(); };
     x.watch(${stream}, "h", {}, "h").catch(fail)`,
  ),
  nodeClient(
    "grpc-js",
    `const g = require("@grpc/grpc-js"); const ca = require("fs").readFileSync(process.env.NODE_EXTRA_CA_CERTS);
     const c = new g.Client(host + ":8443", g.credentials.createSsl(ca)); /* tls */
     c.makeUnaryRequest("/" + tag, (x) => x, (x) => x, Buffer.alloc(0), (e) => { console.log(e?.message ?? "ok"); c.close(); })`,
  ),
  nodeClient(
    "global-agent, bootstrapped",
    `require("global-agent").bootstrap(); show2 = (r) => r.pipe(process.stdout); require("https").get(${url}, show2).on("error", fail)`,
  ),
];

function withUndici(name: string): string {
  return `const { Agent, fetch: get } = require("${name}"); get(${url}, { dispatcher: new Agent() })${text}`;
}
