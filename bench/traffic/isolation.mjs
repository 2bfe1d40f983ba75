// What the kernel tier costs: the start of a program in each tier against a bare start, a request and a new connection from
// inside against an explicit relay, and memory for each isolated bot. The ways take turns, so that a busy machine slows all alike.
// `node scripts/build.mjs && node bench/traffic/isolation.mjs [rounds]`
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { inTurns, printAgainstFirst, tenth, timed, times } from "../harness/measure.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = new URL("../../dist/", import.meta.url);
const token = "Token";
const credential = { user: "customer", pass: "secret" };
const path = process.env.PATH;

if (process.env.ISOLATION_BENCH_TARGET === undefined) {
  await main(Number(process.argv[2] ?? 9));
  // By itself Node 20 now and then spins for good in its own clean-up after sockets came out of another network.
  process.exit();
} else await measure(process.env.ISOLATION_BENCH_TARGET, process.env.ISOLATION_BENCH_RELAY);

async function main(rounds) {
  const tools = await openTools();
  try {
    await benchStarts(tools, rounds);
    await benchRequests(tools, rounds);
    await benchMemory(tools);
  } finally {
    await tools.close();
  }
}

/** Ratios to a bare start of Node; each start is awaited to its end. */
async function benchStarts(tools, rounds) {
  const kept = await tools.openRun();
  await kept.run([process.execPath, "-e", "0"], {}, "kernel");
  const once = async (tier) => {
    const run = await tools.openRun();
    const ms = await timed(() => run.run([process.execPath, "-e", "0"], {}, tier));
    await run.close();
    return ms;
  };
  const setUp = async (proof) => {
    const run = await tools.openRun();
    const ms = await timed(() => run.setUp(proof));
    await run.close();
    return ms;
  };
  const ways = {
    "bare start": () => timed(() => bareStart()),
    "env tier": () => once("env"),
    "kernel tier, set-up alone": () => setUp(undefined),
    // The witness is on this host: what a real proxy and a real witness take comes on top.
    "kernel tier, exit seen": () => setUp(tools.seeExit),
    "kept network, exit seen": () => timed(() => kept.setUp(tools.seeExit)),
    "kernel tier, first start": () => once("kernel"),
    "kernel tier, restart": () => timed(() => kept.run([process.execPath, "-e", "0"], {}, "kernel")),
  };
  printAgainstFirst("ms from the start of `node -e 0` to its end", await inTurns(ways, rounds));
  await kept.close();
}

async function benchRequests(tools, rounds) {
  const target = createServer((_request, response) => response.end("small"));
  target.listen(0, "127.0.0.21");
  await once(target, "listening");
  const { port } = target.address();
  const run = await tools.openRun([port]);
  const authority = `target.test:${port}`;
  const client = [process.execPath, fileURLToPath(import.meta.url)];
  const ask = async (tier, relay) => {
    const env = { ISOLATION_BENCH_TARGET: authority, ...(relay ? { ISOLATION_BENCH_RELAY: relay } : {}) };
    return JSON.parse(await run.run(client, env, tier));
  };
  const ways = {
    "explicit relay": () => ask("env", `${run.relay.host}:${run.relay.port}`),
    "kernel tier": () => ask("kernel", undefined),
  };
  const results = await inTurns(ways, rounds);
  for (const [kind, unit] of [
    ["kept", "ms a request on a kept connection"],
    ["fresh", "ms a new connection with one request"],
  ])
    printAgainstFirst(
      unit,
      Object.fromEntries(Object.entries(results).map(([way, all]) => [way, all.map((it) => it[kind])])),
    );
  await run.close();
  target.close();
}

/** What is there for each bot besides the bot: the launcher's growth and the kernel's. */
async function benchMemory(tools) {
  const bots = 20;
  const before = { rss: process.memoryUsage().rss, slab: slabBytes() };
  const runs = [];
  for (let count = 0; count < bots; count += 1) {
    const run = await tools.openRun();
    runs.push(run);
    await run.start(["sleep", "1000"], "kernel");
  }
  const each = (after, first) => `${((after - first) / bots / 1_048_576).toFixed(2)} MB`;
  console.log(`for each of ${bots} isolated bots`);
  console.log(`  launcher      ${each(process.memoryUsage().rss, before.rss)}`);
  console.log(
    `  kernel (slab) ${each(slabBytes(), before.slab)} (of the whole machine: only meaningful on a quiet one)`,
  );
  for (const run of runs) await run.close();
}

async function openTools() {
  const load = (name) => import(new URL(name, dist));
  const [
    { createIsolation },
    { createSpawner },
    { passThrough },
    { createProcessTable },
    { relayFactory },
    { systemClock },
    { exitWitness },
    { Secret },
    { startLabProcess },
  ] = await Promise.all(
    [
      "lib/adapters/isolation/isolation.js",
      "lib/adapters/spawner/spawner.js",
      "lib/adapters/spawner/pass-through.js",
      "lib/adapters/process-table/process-table.js",
      "lib/adapters/relay/relay.js",
      "lib/adapters/clock/system-clock.js",
      "lib/adapters/exit-witness/exit-witness.js",
      "lib/domain/secret.js",
      "tests/lab/lab-process.js",
    ].map(load),
  );
  const proxy = await startLabProcess({
    kind: "http-proxy",
    exitAddress: "127.0.0.11",
    ...credential,
    names: { "target.test": "127.0.0.21", "echo.test": "127.0.0.1" },
  });
  const echo = await startLabProcess({ kind: "echo", shape: "ipify" });
  const witness = exitWitness({ publicRanges: ["127.0.0.0/8"] }, systemClock);
  const seeExit = async (dial) => {
    const answer = await witness.ask(`http://echo.test:${echo.port}/`, dial, 5_000);
    if (answer.exitIp !== "127.0.0.11") throw new Error(`the exit was not seen: ${JSON.stringify(answer)}`);
  };
  const stateFolder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  const isolation = createIsolation({
    insideFolder: `${root}dist/inside`,
    replacements: {
      resolvConf: `${root}templates/kernel/resolv.conf`,
      hosts: `${root}templates/kernel/hosts`,
    },
    hidden: [stateFolder],
    uid: process.getuid(),
    home: process.env.HOME ?? "/",
    journal: { say: () => {} },
  });
  const upstream = {
    label: "lab",
    endpoint: { scheme: "http", host: "127.0.0.1", port: proxy.port },
    credential: { user: credential.user, secret: new Secret(credential.pass) },
  };
  const processTable = createProcessTable();
  return {
    seeExit,
    async close() {
      await proxy.close();
      await echo.close();
      rmSync(stateFolder, { recursive: true });
    },
    async openRun(ports = []) {
      const runId = randomUUID();
      const relay = await relayFactory(systemClock).open({
        name: "bench",
        token,
        local: [],
        publicRanges: [],
        onEvent: () => {},
      });
      relay.setUpstream(upstream);
      relay.open();
      let output = "";
      const stdout = new Writable({
        write(chunk, _encoding, done) {
          output += chunk;
          done();
        },
      });
      const spawner = createSpawner({ processTable, isolation });
      const kernel = {
        tier: "kernel",
        // As many as usual.
        ports: [80, 443, 8443, echo.port, ...ports],
        local: [],
        publish: [],
        runAs: undefined,
        botSocket: undefined,
        onListener: (listener) => relay.attach(listener),
        proveInside: undefined,
      };
      const start = (command, tier, env = {}) =>
        spawner.spawn({
          runId,
          command,
          cwd: "/",
          env: { PATH: path, LAUNCH_RUN_ID: runId, ...env },
          tty: false,
          logFile: undefined,
          output: passThrough({ stdout, stderr: stdout }),
          tier: tier === "kernel" ? kernel : { tier },
        });
      let last;
      return {
        relay,
        setUp: (proveInside) =>
          isolation.enter({ runId, cwd: "/", env: {}, tier: { ...kernel, proveInside } }),
        async start(command, tier) {
          last = await start(command, tier);
        },
        async run(command, env, tier) {
          output = "";
          await (await start(command, tier, env)).ended;
          return output;
        },
        async close() {
          await last?.kill();
          await relay.close();
        },
      };
    },
  };
}

async function bareStart() {
  // The environment of the other ways: a shell's NODE_EXTRA_CA_CERTS alone doubles the start of a Node.
  const env = { PATH: path };
  const child = spawn(process.execPath, ["-e", "0"], { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] });
  await once(child, "close");
}

/** The bot's side: requests on one connection, and connections with one request each. */
async function measure(target, relay) {
  const kept = await open(target, relay);
  const keptTimes = await times(600, () => ask(kept, target));
  kept.destroy();
  const freshTimes = await times(150, async () => {
    const socket = await open(target, relay);
    await ask(socket, target);
    socket.destroy();
  });
  process.stdout.write(JSON.stringify({ kept: tenth(keptTimes), fresh: tenth(freshTimes) }));
}

async function open(target, relay) {
  const [host, port] = (relay ?? target).split(":");
  const socket = connect({ host, port: Number(port), noDelay: true, autoSelectFamily: false });
  await once(socket, "connect");
  if (relay === undefined) return socket;
  const auth = Buffer.from(`bot:${token}`).toString("base64");
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: Basic ${auth}\r\n\r\n`);
  await heard(socket, "\r\n\r\n");
  return socket;
}

async function ask(socket, target) {
  socket.write(`GET / HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  await heard(socket, "small");
}

function heard(socket, text) {
  return new Promise((resolve, reject) => {
    let all = "";
    const take = (chunk) => {
      all += chunk;
      if (!all.includes(text)) return;
      socket.off("data", take).off("close", lost);
      resolve();
    };
    const lost = () => reject(new Error("the connection was lost"));
    socket.on("data", take).on("close", lost);
  });
}

function slabBytes() {
  return Number(/^Slab:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) * 1024;
}
