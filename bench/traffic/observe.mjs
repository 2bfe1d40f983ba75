// What the look from inside costs a bot: the median time of a request at 20 ms each way, and the processor time of one, with
// the look and without, in turns. Of each way the best round counts, since a busy machine only adds. The bots are Node (fetch, http) and Debian's Python (requests, aiohttp, httpx, http.client).
// `node scripts/build.mjs && node bench/traffic/observe.mjs [rounds] [part of a name]`
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rotate } from "../harness/measure.mjs";

const rounds = Number(process.argv[2] ?? 9);
const [delayed, quick] = [25, 2_000];
/** Before anything is measured as many go by: what a program does once, such as compiling what it uses, is no cost of a request. */
const warmUp = (count) => count;
/** Processor time is taken over so many requests at a time, and the least counts. */
const chunk = 250;
const { createBotChannelFactory } = await import(
  new URL("../../dist/lib/adapters/bot-channel/bot-channel.js", import.meta.url)
);
const observe = fileURLToPath(new URL("../../dist/preload/preload/observe.js", import.meta.url));
const python = fileURLToPath(new URL("../../python", import.meta.url));
const runId = "00000000-0000-4000-8000-00000000beef";
const folder = mkdtempSync(join(tmpdir(), "slipway-observe-"));

const nodeLoop = (ask) => `
  const { get, Agent } = require("node:http");
  const agent = new Agent({ keepAlive: true });
  const ask = ${ask};
  (async () => {
    const [times, cpu] = [[], []];
    for (let n = 0; n < Number(process.env.WARM_UP); n += 1) await ask();
    let from = process.cpuUsage();
    for (let n = 1; n <= Number(process.env.COUNT); n += 1) {
      const at = performance.now();
      await ask();
      times.push(performance.now() - at);
      if (n % ${chunk} !== 0) continue;
      const { user, system } = process.cpuUsage(from);
      cpu.push((user + system) / ${chunk});
      from = process.cpuUsage();
    }
    times.sort((a, b) => a - b);
    console.log(JSON.stringify({ p50: times[times.length >> 1], cpu: Math.min(...cpu) }));
    process.exit(0);
  })();`;
const pythonLoop = (setUp, ask) => `
import json, os, time
url, count, warm_up = os.environ["URL"], int(os.environ["COUNT"]), int(os.environ["WARM_UP"])
${setUp}
times, cpu, since = [], [], 0
def took(at):
  global since
  times.append(time.perf_counter() - at)
  if len(times) % ${chunk} == 0:
    cpu.append((time.process_time() - since) / ${chunk} * 1e6)
    since = time.process_time()
${ask}
times.sort()
print(json.dumps({"p50": times[len(times) // 2] * 1e3, "cpu": min(cpu, default=0)}))`;
const sync = (ask) => `
for _ in range(warm_up): ${ask}
since = time.process_time()
for _ in range(count):
  at = time.perf_counter(); ${ask}; took(at)`;
const async = (client, ask) => `
async def main():
  async with ${client} as client:
    async def ask():
      ${ask}
    for _ in range(warm_up): await ask()
    global since
    since = time.process_time()
    for _ in range(count):
      at = time.perf_counter(); await ask(); took(at)
asyncio.run(main())`;
const clients = {
  "Node fetch": [process.execPath, "-e", nodeLoop("() => fetch(process.env.URL).then((r) => r.text())")],
  "Node http": [
    process.execPath,
    "-e",
    nodeLoop(
      "() => new Promise((done) => get(process.env.URL, { agent }, (r) => r.resume().on('end', done)))",
    ),
  ],
  "Python requests": [
    "/usr/bin/python3",
    "-c",
    pythonLoop("import requests; s = requests.Session()", sync("s.get(url)")),
  ],
  "Python aiohttp": [
    "/usr/bin/python3",
    "-c",
    pythonLoop(
      "import aiohttp, asyncio",
      async("aiohttp.ClientSession()", "async with client.get(url) as r: await r.read()"),
    ),
  ],
  "Python httpx": [
    "/usr/bin/python3",
    "-c",
    pythonLoop("import httpx; c = httpx.Client()", sync("c.get(url)")),
  ],
};

let delayMs = 0;
const server = createServer((_, response) => {
  if (delayMs === 0) response.end("{}");
  else setTimeout(() => response.end("{}"), delayMs);
}).listen(0, "127.0.0.1");
server.keepAliveTimeout = 60_000;
await once(server, "listening");
let told = 0;
const channel = await createBotChannelFactory().listen({
  runId,
  path: join(folder, "bot.sock"),
  launcherVersion: "bench",
  onEvent: (event) => {
    if (event.type === "answers") for (const { times } of event.answers) told += times;
  },
});

const control = { LAUNCH_CONTROL: channel.path, LAUNCH_RUN_ID: runId };
const ways = {
  alone: {},
  observed: { ...control, NODE_OPTIONS: `--require "${observe}"`, PYTHONPATH: python },
};
const wanted = Object.entries(clients).filter(([name]) => name.includes(process.argv[3] ?? ""));
for (const [name, command] of wanted) {
  [delayMs, told] = [40, 0];
  const slow = await inTurns(command, delayed);
  delayMs = 0;
  const fast = await inTurns(command, quick);
  const best = (results, key) => Math.min(...results.map((result) => result[key]));
  const [alone, observed] = [best(slow.alone, "p50"), best(slow.observed, "p50")];
  const [cpu, more] = [best(fast.alone, "cpu"), best(fast.observed, "cpu") - best(fast.alone, "cpu")];
  console.log(
    `${name.padEnd(16)} p50 ${alone.toFixed(2)} ms x${(observed / alone).toFixed(4)}   ` +
      `processor ${cpu.toFixed(0)} µs ${more >= 0 ? "+" : ""}${more.toFixed(1)} a request, ` +
      `${told} of ${rounds * (delayed + quick + warmUp(delayed) + warmUp(quick))} answers told`,
  );
}
await channel.close();
server.close();
server.closeAllConnections();
rmSync(folder, { recursive: true, force: true });

async function inTurns(command, count) {
  const measured = { alone: [], observed: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [way, env] of rotate(Object.entries(ways), round))
      measured[way].push(
        await run(command, { ...env, COUNT: String(count), WARM_UP: String(warmUp(count)) }),
      );
  }
  return measured;
}

async function run([file, ...args], env) {
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, URL: `http://127.0.0.1:${server.address().port}/time?symbol=X`, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  await once(child, "close");
  return JSON.parse(text);
}
