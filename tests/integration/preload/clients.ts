/** One program for each way a bot may reach the venue through the tunnel; each prints what it got, and the peer that the target saw is part of it. */
export const clients: readonly (readonly [title: string, code: string])[] = [
  ["http.get", `require("http").get("http://venue.test:" + P, (r) => r.pipe(process.stdout))`],
  ["https.get", `require("https").get("https://venue.test:" + V + "/time", (r) => r.pipe(process.stdout))`],
  [
    "https with an agent of its own that keeps alive",
    `const https = require("https"), agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
     const get = (next) => https.get({ host: "venue.test", port: V, path: "/time", agent }, (r) => { r.pipe(process.stdout, { end: false }); r.on("end", next); });
     get(() => get(() => agent.destroy()));`,
  ],
  [
    "an ESM import",
    `import("node:https").then(({ get, Agent }) => get("https://venue.test:" + V + "/time", { agent: new Agent() }, (r) => r.pipe(process.stdout)))`,
  ],
  ["fetch", `fetch("https://venue.test:" + V + "/time").then((r) => r.text()).then(console.log)`],
  [
    "undici with a dispatcher of its own",
    `const { Agent, fetch } = require("undici"); fetch("https://venue.test:" + V + "/time", { dispatcher: new Agent() }).then((r) => r.text()).then(console.log)`,
  ],
  [
    "ws",
    `const s = new (require("ws"))("wss://venue.test:" + V + "/stream"); s.on("message", (m) => { console.log(String(m)); s.close(); })`,
  ],
  [
    "net, when the server speaks first",
    `const s = require("net").connect(G, "venue.test"); s.on("data", (d) => { process.stdout.write(d); if (String(d).includes("ping")) { console.log(" peer ${"127.88.0.1"}"); s.end(); } }); s.write("ping")`,
  ],
  [
    "tls",
    `const s = require("tls").connect({ host: "venue.test", port: V, servername: "venue.test" }, () => s.write("GET /time HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")); s.pipe(process.stdout)`,
  ],
  [
    "tls over a socket of its own",
    `const raw = require("net").connect(V, "venue.test"); const s = require("tls").connect({ socket: raw, servername: "venue.test" }, () => s.write("GET /time HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")); s.pipe(process.stdout)`,
  ],
  [
    "an address that dns.lookup gave",
    `require("dns").lookup("venue.test", (e, a) => require("http").get({ host: a, port: P }, (r) => r.pipe(process.stdout)))`,
  ],
  [
    "an address that dns.promises.resolve4 gave",
    `require("dns").promises.resolve4("venue.test").then(([a]) => require("http").get({ host: a, port: P }, (r) => r.pipe(process.stdout)))`,
  ],
  [
    "a worker",
    `new (require("worker_threads").Worker)('require("http").get("http://venue.test:' + P + '", (r) => r.on("data", (d) => console.log(String(d))))', { eval: true })`,
  ],
  [
    "a worker with no options and no environment",
    `new (require("worker_threads").Worker)('require("http").get("http://venue.test:' + P + '", (r) => r.on("data", (d) => console.log(String(d))))', { eval: true, env: {}, execArgv: [] })`,
  ],
  [
    "a child with an empty environment",
    `require("child_process").spawn(process.execPath, ["-e", 'require("http").get("http://venue.test:' + P + '", (r) => r.pipe(process.stdout))'], { env: {}, stdio: "inherit" })`,
  ],
  [
    "a child that is waited for, with another proxy in its environment",
    `require("child_process").spawnSync(process.execPath, ["-e", 'require("http").get("http://venue.test:' + P + '", (r) => r.pipe(process.stdout))'], { env: { HTTPS_PROXY: "http://127.0.0.1:1" }, stdio: "inherit" })`,
  ],
  [
    "global-agent 3, bootstrapped by the bot",
    `require("global-agent").bootstrap(); require("http").get("http://venue.test:" + P, (r) => r.pipe(process.stdout))`,
  ],
];
