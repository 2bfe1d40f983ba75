// What the relay costs: one request on a kept connection, one on a new connection, and a bulk download, through the relay and
// through proxy-chain in its place, as ratios to a client that speaks to the same authenticated proxy itself. Every part is a
// process of its own; the three ways take turns, so that a busy machine slows all alike.
// `node scripts/build.mjs && node bench/traffic/relay.mjs [rounds]`
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { median, rotate } from "../harness/measure.mjs";

const dist = new URL("../../dist/", import.meta.url);
const bulkBytes = 300 * 1_048_576;
const requests = 400;
const role = process.env.RELAY_BENCH_ROLE;
const roles = { target: serveTarget, relay: serveRelay, "proxy-chain": serveProxyChain };
if (role === undefined) await main(Number(process.argv[2] ?? 6));
else await roles[role](JSON.parse(process.env.RELAY_BENCH_SETTINGS ?? "{}"));

async function main(rounds) {
  const { startLabProcess } = await import(new URL("tests/lab/lab-process.js", dist));
  const names = { "target.test": "127.0.0.21" };
  const credential = { user: "customer", pass: "secret" };
  const proxy = await startLabProcess({
    kind: "http-proxy",
    exitAddress: "127.0.0.11",
    ...credential,
    names,
  });
  const target = await startRole("target", {});
  const settings = { port: proxy.port, ...credential };
  const relay = await startRole("relay", settings);
  const chain = await startRole("proxy-chain", settings);
  const ways = {
    "no relay": { port: proxy.port, auth: "customer:secret" },
    relay: { port: relay.port, auth: "bot:Token" },
    "proxy-chain": { port: chain.port, auth: "bot:Token" },
  };
  const results = Object.fromEntries(
    Object.keys(ways).map((way) => [way, { kept: [], fresh: [], bulk: [] }]),
  );
  for (let round = -1; round < rounds; round += 1) {
    for (const [way, via] of rotate(Object.entries(ways), round + 1)) {
      const to = { ...via, authority: `target.test:${target.port}` };
      const measured = { kept: await kept(to), fresh: await fresh(to), bulk: await bulk(to) };
      // The first round warms up.
      if (round >= 0) for (const kind of Object.keys(measured)) results[way][kind].push(measured[kind]);
    }
  }
  report(results);
  for (const child of [relay, chain, target]) child.process.kill();
  await proxy.close();
}

function report(results) {
  const units = {
    kept: "ms a request, kept connection",
    fresh: "ms a request, new connection",
    bulk: "MB/s, 300 MB body",
  };
  for (const [kind, unit] of Object.entries(units)) {
    console.log(unit);
    const base = results["no relay"][kind];
    for (const [way, measured] of Object.entries(results)) {
      const ratio = median(measured[kind].map((value, round) => value / base[round]));
      console.log(
        `  ${way.padEnd(12)} ${median(measured[kind]).toFixed(2).padStart(8)}   x${ratio.toFixed(2)}`,
      );
    }
  }
}

/** Milliseconds of the median request on one tunnel. */
async function kept(to) {
  const socket = await openTunnel(to);
  const times = [];
  for (let count = 0; count < requests; count += 1) {
    const startedAt = performance.now();
    await ask(socket, "/small");
    times.push(performance.now() - startedAt);
  }
  socket.destroy();
  return median(times);
}

/** Milliseconds of the median request with a tunnel of its own. */
async function fresh(to) {
  const times = [];
  for (let count = 0; count < requests / 4; count += 1) {
    const startedAt = performance.now();
    const socket = await openTunnel(to);
    await ask(socket, "/small");
    times.push(performance.now() - startedAt);
    socket.destroy();
  }
  return median(times);
}

async function bulk(to) {
  const socket = await openTunnel(to);
  const startedAt = performance.now();
  let bytes = 0;
  socket.write("GET /bulk HTTP/1.1\r\nHost: target.test\r\n\r\n");
  socket.on("data", (chunk) => {
    bytes += chunk.length;
    if (bytes >= bulkBytes) socket.emit("whole");
  });
  await once(socket, "whole");
  socket.destroy();
  return bulkBytes / 1_048_576 / ((performance.now() - startedAt) / 1_000);
}

async function openTunnel({ port, auth, authority }) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  const basic = Buffer.from(auth).toString("base64");
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`,
  );
  const [answer] = await once(socket, "data");
  if (!String(answer).includes(" 200 ")) throw new Error(String(answer));
  return socket;
}

async function ask(socket, path) {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: target.test\r\n\r\n`);
  for (let text = ""; !text.endsWith("small answer"); ) text += (await once(socket, "data"))[0];
}

async function startRole(name, settings) {
  const env = { ...process.env, RELAY_BENCH_ROLE: name, RELAY_BENCH_SETTINGS: JSON.stringify(settings) };
  const child = fork(fileURLToPath(import.meta.url), { env });
  const [port] = await once(child, "message");
  return { port, process: child };
}

async function serveTarget() {
  const block = Buffer.alloc(1_048_576);
  const server = createServer((request, response) => {
    if (request.url !== "/bulk") return response.end("small answer");
    let left = bulkBytes;
    const more = () => {
      while (left > 0) {
        left -= block.length;
        if (!response.write(block)) return response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  server.listen(0, "127.0.0.21");
  await once(server, "listening");
  process.send(server.address().port);
}

async function serveRelay({ port, user, pass }) {
  const { relayFactory } = await import(new URL("lib/adapters/relay/relay.js", dist));
  const { systemClock } = await import(new URL("lib/adapters/clock/system-clock.js", dist));
  const { Secret } = await import(new URL("lib/domain/secret.js", dist));
  const options = { name: "bench", token: "Token", local: [], publicRanges: [], onEvent: () => {} };
  const relay = await relayFactory(systemClock).open(options);
  const endpoint = { scheme: "http", host: "127.0.0.1", port };
  relay.setUpstream({ label: "lab", endpoint, credential: { user, secret: new Secret(pass) } });
  relay.open();
  process.send(relay.port);
}

async function serveProxyChain({ port, user, pass }) {
  const { Server } = await import("proxy-chain");
  const upstreamProxyUrl = `http://${user}:${pass}@127.0.0.1:${port}`;
  const prepareRequestFunction = ({ password }) => ({
    upstreamProxyUrl,
    requestAuthentication: password !== "Token",
  });
  const server = new Server({ host: "127.0.0.1", port: 0, prepareRequestFunction });
  await server.listen();
  process.send(server.port);
}
