import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timed } from "../../harness/measure.mjs";
import { startPart } from "../../harness/parts.mjs";
import { program } from "../../harness/places.mjs";
import { run as runProgram } from "../../harness/processes.mjs";
import { hasKernelTier } from "../starts/launches.mjs";
import { credential, openTierTools, token } from "./tier-tools.mjs";

const nothing = [process.execPath, "-e", "0"];
const client = [process.execPath, program("tier-client.mjs")];
const explicit = "explicit proxy, relay";
const kernel = "kernel tier";

/** A bot that knows nothing of proxies, in the kernel tier and behind libraries that are put under it, against one that speaks to the relay. */
export const tiers = {
  name: "tiers",
  title: "Tiers: start of a program, request, new connection, memory of a bot",
  rounds: 9,
  limits:
    "The kernel tier starts a program through a shell and setpriv in namespaces of its own; its connections are accepted inside by sockets that the " +
    "launcher holds, so that nothing is added to a request. proxychains4 and torsocks stand in the program itself and enclose nothing.",
  figures: {
    "start of node -e 0, to its end": { unit: "ms", floor: "bare start" },
    "request on a kept connection": { unit: "ms", floor: explicit },
    "new connection and request": { unit: "ms", floor: explicit },
    "memory of a bot in the launcher": { unit: "MB" },
    "memory of a bot in the kernel": { unit: "MB" },
  },
  targets: [
    { figure: "request on a kept connection", way: kernel, ratio: 1.02 },
    { figure: "memory of a bot in the launcher", way: kernel, most: 0.3 },
  ],
  async open(tools) {
    const { size, quiet, peers, atEnd } = tools;
    const counts = size === "smoke" ? { REQUESTS: "20", FRESH: "10" } : { REQUESTS: "600", FRESH: "150" };
    const target = await startPart(tools, "target", { bulkBytes: 1 });
    const tier = await openTierTools(tools);
    const run = await tier.openRun([target.port]);
    atEnd(() => run.close());
    const env = { TARGET: `target.test:${target.port}`, ...counts };
    const requests = async (ask) => {
      await quiet();
      const { kept, fresh } = JSON.parse(await ask());
      return { "request on a kept connection": kept, "new connection and request": fresh };
    };
    const inTier = (name, more = {}) => requests(() => run.run(client, { ...env, ...more }, name));
    const ways = {
      "bare start": () => startOf(quiet, () => runProgram(nothing[0], nothing.slice(1), { env: pathOnly() })),
      [explicit]: async () => ({
        ...(await startIn(tier, quiet, "env")),
        ...(await inTier("env", { RELAY: `${run.relay.host}:${run.relay.port}`, TOKEN: token })),
      }),
      ...(await wrappers(tools, { proxyPort: tier.proxyPort, requests, env })),
    };
    if (!hasKernelTier(peers)) return ways;
    return {
      ...ways,
      [kernel]: async () => ({
        ...(await startIn(tier, quiet, "kernel")),
        ...(await inTier("kernel")),
        ...(await memoryOfBots(tier, size === "smoke" ? 2 : 20)),
      }),
      "kernel tier, kept network": () => startOf(quiet, () => run.run(nothing, {}, "kernel")),
    };
  },
};

function pathOnly() {
  return { PATH: process.env.PATH };
}

/** The first start of a bot: with its network, if the tier gives it one. */
async function startIn(tier, quiet, name) {
  const run = await tier.openRun();
  const figures = await startOf(quiet, () => run.run(nothing, {}, name));
  await run.close();
  return figures;
}

async function startOf(quiet, start) {
  await quiet();
  return { "start of node -e 0, to its end": await timed(start) };
}

/** proxychains4 and torsocks under the same program, straight to a proxy. */
async function wrappers(tools, { proxyPort, requests, env }) {
  const { peers, quiet, atEnd } = tools;
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  atEnd(() => rmSync(folder, { recursive: true }));
  const under = (words, more) => {
    const ask = (command) =>
      runProgram(words[0], [...words.slice(1), ...command], { env: { ...pathOnly(), ...more } });
    return async () => ({
      ...(await startOf(quiet, () => ask(nothing))),
      ...(await requests(() => ask(client))),
    });
  };
  const { user, pass } = credential;
  const ways = {};
  if (peers.has("proxychains4")) {
    const file = join(folder, "proxychains.conf");
    writeFileSync(
      file,
      `strict_chain\nproxy_dns\nquiet_mode\n[ProxyList]\nhttp 127.0.0.1 ${proxyPort} ${user} ${pass}\n`,
    );
    ways.proxychains4 = under(["proxychains4", "-q", "-f", file], env);
  }
  if (peers.has("torsocks")) {
    const { port } = await startPart(tools, "tor-socks", { user, pass, target: "127.0.0.21" });
    const file = join(folder, "torsocks.conf");
    writeFileSync(
      file,
      `TorAddress 127.0.0.1\nTorPort ${port}\nSOCKS5Username ${user}\nSOCKS5Password ${pass}\n`,
    );
    ways.torsocks = under(["torsocks"], { ...env, TORSOCKS_CONF_FILE: file });
  }
  return ways;
}

/** What is there for each bot besides the bot: the launcher's growth, and the kernel's, which is only meaningful on a quiet machine. */
async function memoryOfBots(tier, count) {
  const before = { launcher: process.memoryUsage().rss, kernel: slabBytes() };
  const runs = [];
  for (let index = 0; index < count; index += 1) {
    const run = await tier.openRun();
    runs.push(run);
    await run.start(["sleep", "1000"], "kernel");
  }
  const each = (bytes) => bytes / count / 2 ** 20;
  const figures = {
    "memory of a bot in the launcher": each(process.memoryUsage().rss - before.launcher),
    "memory of a bot in the kernel": each(slabBytes() - before.kernel),
  };
  for (const run of runs) await run.close();
  return figures;
}

function slabBytes() {
  return Number(/^Slab:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) * 1_024;
}
