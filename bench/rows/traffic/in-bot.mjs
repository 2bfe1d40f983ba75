import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { startPart } from "../../harness/parts.mjs";
import { packageFolder } from "../../harness/peers.mjs";
import { built, program, root } from "../../harness/places.mjs";
import { run } from "../../harness/processes.mjs";

const floor = "https-proxy-agent";
const ours = "Slipway, preload tier";
const warm = `${ours}, relay.warm: 1`;
const credential = { user: "customer", pass: "secret" };
const distances = { "": 0, ", 20 ms away": 20 };
const sizes = {
  full: [
    { REQUESTS: 600, TOTAL: 2_000, STREAMS: 60 },
    { REQUESTS: 25, TOTAL: 500, STREAMS: 9 },
  ],
  smoke: [
    { REQUESTS: 3, TOTAL: 60, STREAMS: 2 },
    { REQUESTS: 2, TOTAL: 50, STREAMS: 1 },
  ],
};
const units = {
  "request, p50": "ms",
  "request, p99": "ms",
  "requests a second, 50 at once": "1/s",
  "new WebSocket": "ms",
  "TCP connections to the proxy": "in all",
};

/** What a bot sees: requests over TLS and new WebSockets through our relay, and through what bots use to reach a proxy themselves. */
export const inBot = {
  name: "in-bot",
  title: "Requests and new WebSockets as a bot sees them, 0 and 20 ms each way from the proxy",
  rounds: 5,
  limits:
    "Behind the relay every connection is two; a request on a kept one passes through one more process. The others speak to the proxy " +
    "themselves, and therefore have its password.",
  figures: Object.fromEntries(
    Object.entries(units).flatMap(([name, unit]) =>
      Object.keys(distances).map((distance) => [`${name}${distance}`, { unit, floor }]),
    ),
  ),
  targets: [
    { figure: "request, p50", way: ours, ratio: 1.02 },
    { figure: "request, p50, 20 ms away", way: ours, ratio: 1.02 },
    { figure: "new WebSocket", way: ours, ratio: 1.02 },
    { figure: "new WebSocket, 20 ms away", way: ours, ratio: 1.02 },
    { figure: "new WebSocket, 20 ms away", way: warm, ratio: 0.8 },
  ],
  async open(tools) {
    const { makeLabCertificates } = await built("tests/lab/certificates.js");
    const certificates = await makeLabCertificates(["target.test"]);
    const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
    tools.atEnd(() => rmSync(folder, { recursive: true }));
    const ca = join(folder, "ca.pem");
    writeFileSync(ca, certificates.ca);
    const target = await startPart(tools, "tls-target", certificates);
    const common = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca, TARGET: `target.test:${target.port}` };
    const places = [];
    for (const delayMs of Object.values(distances)) places.push(await openPlace(tools, delayMs));
    return Object.fromEntries(
      Object.entries(ways(tools)).map(([way, settings]) => [
        way,
        () => measure({ tools, places, common, ...settings }),
      ]),
    );
  },
};

/** A proxy so far away, and our relay before it. */
async function openPlace(tools, delayMs) {
  const { startLabProcess } = await built("tests/lab/lab-process.js");
  const names = { "target.test": "127.0.0.21" };
  const proxy = await startLabProcess({
    kind: "http-proxy",
    exitAddress: "127.0.0.11",
    ...credential,
    names,
  });
  tools.atEnd(() => proxy.close());
  const { port } = delayMs === 0 ? proxy : await startPart(tools, "delay", { port: proxy.port, delayMs });
  const [cold, warmed] = [
    await startPart(tools, "relay", { port, ...credential }),
    await startPart(tools, "relay", { port, ...credential, isWarm: true }),
  ];
  const accepted = async () => (await proxy.order({ do: "counters" })).counters.accepted;
  return {
    accepted,
    direct: `http://${credential.user}:${credential.pass}@127.0.0.1:${port}`,
    relay: `http://launch:Token@127.0.0.1:${cold.port}`,
    warm: `http://launch:Token@127.0.0.1:${warmed.port}`,
  };
}

function ways({ peers }) {
  const tunnel = join(root, "dist/preload/preload/tunnel.js");
  const itself = ({ direct }) => ({ PROXY: direct });
  const throughUs = (relay) => ({ HTTPS_PROXY: relay, NODE_OPTIONS: `--require ${tunnel}` });
  const all = {
    [ours]: { way: "plain", env: ({ relay }) => throughUs(relay) },
    [warm]: { way: "plain", env: (place) => throughUs(place.warm) },
  };
  for (const name of ["https-proxy-agent", "global-agent", "undici"])
    if (peers.has(name)) all[name] = { way: name, env: itself };
  // Nothing but pm2 needs that package: it is found where pm2 has it.
  if (floor in all)
    all[floor].env = (place) => ({ ...itself(place), PROXY_AGENT: `${packageFolder(floor)}/dist/index.js` });
  const node = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    `slipway-nodes/v24-${process.platform}-${process.arch}/package/bin/node`,
  );
  const fromEnv = ({ direct }) => ({ HTTPS_PROXY: direct, NODE_USE_ENV_PROXY: "1" });
  if (existsSync(node)) all["NODE_USE_ENV_PROXY of Node 24"] = { way: "node-env", env: fromEnv, node };
  else peers.skip("NODE_USE_ENV_PROXY of Node 24", "npm run test:full fetches that Node");
  return all;
}

async function measure({ tools: { quiet, size }, places, common, way, env, node = process.execPath }) {
  const figures = {};
  for (const [index, distance] of Object.keys(distances).entries()) {
    const place = places[index];
    await quiet();
    const before = await place.accepted();
    const counts = Object.fromEntries(
      Object.entries(sizes[size][index]).map(([name, n]) => [name, String(n)]),
    );
    const words = [program("in-bot.mjs")];
    const told = JSON.parse(
      await run(node, words, { env: { ...common, ...counts, ...env(place), WAY: way } }),
    );
    const used = (await place.accepted()) - before;
    const values = [told.p50, told.p99, told.perSecond, told.stream, used];
    for (const [at, name] of Object.keys(units).entries()) figures[`${name}${distance}`] = values[at];
  }
  return figures;
}
