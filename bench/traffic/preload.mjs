// What the preloads cost. Start-up: processor time of an empty program, bare, with each preload and with both, on every Node
// that the tests have fetched. Traffic: requests over HTTP by the tunnel against an agent that speaks CONNECT to the same relay itself, on a kept
// connection and on new ones. All ways take turns, so that a busy machine slows all alike; medians, and ratios or
// differences of the same round.
// `node scripts/build.mjs && node bench/traffic/preload.mjs [rounds]`
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, rotate } from "../harness/measure.mjs";

const dist = new URL("../../dist/", import.meta.url);
const preload = (name) => fileURLToPath(new URL(`preload/preload/${name}.js`, dist));
const requires = (...names) => names.map((name) => `--require "${preload(name)}"`).join(" ");
const rounds = Number(process.argv[2] ?? 15);

const tellCpu =
  "const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000))";

startUp();
await traffic();

function startUp() {
  const relay = "http://launch:Token@127.0.0.1:9";
  const ways = {
    bare: {},
    observe: { NODE_OPTIONS: requires("observe"), LAUNCH_CONTROL: "/nowhere/bot.sock" },
    tunnel: { NODE_OPTIONS: requires("tunnel"), HTTPS_PROXY: relay },
    both: {
      NODE_OPTIONS: requires("tunnel", "observe"),
      HTTPS_PROXY: relay,
      LAUNCH_CONTROL: "/nowhere/bot.sock",
    },
  };
  for (const node of nodes()) {
    const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let round = -1; round < rounds; round += 1) {
      for (const [way, env] of rotate(Object.entries(ways), round + 1)) {
        const { status, stdout, stderr } = spawnSync(node, ["-e", tellCpu], { env });
        if (status !== 0) throw new Error(String(stderr));
        if (round >= 0) times[way].push(Number(stdout));
      }
    }
    const version = String(spawnSync(node, ["--version"]).stdout).trim();
    const parts = Object.entries(times).map(([way, measured]) => {
      const more = median(measured.map((value, round) => value - times.bare[round]));
      return way === "bare" ? `bare ${median(measured).toFixed(1)} ms` : `${way} +${more.toFixed(1)}`;
    });
    console.log(`start-up ${version.padEnd(9)} ${parts.join("   ")}`);
  }
}

function nodes() {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "slipway-nodes");
  const fetched = [22, 24, 26].map((major) =>
    join(cache, `v${major}-${process.platform}-${process.arch}`, "package", "bin", "node"),
  );
  return [process.execPath, ...fetched.filter(existsSync)];
}

async function traffic() {
  const { startLabProcess } = await import(new URL("tests/lab/lab-process.js", dist));
  const { relayFactory } = await import(new URL("lib/adapters/relay/relay.js", dist));
  const { systemClock } = await import(new URL("lib/adapters/clock/system-clock.js", dist));
  const { Secret } = await import(new URL("lib/domain/secret.js", dist));
  const credential = { user: "customer", pass: "secret" };
  const names = { "target.test": "127.0.0.21" };
  const proxy = await startLabProcess({
    kind: "http-proxy",
    exitAddress: "127.0.0.11",
    ...credential,
    names,
  });
  const target = createServer((_, response) => response.end("small answer")).listen(0, "127.0.0.21");
  await once(target, "listening");
  const options = { name: "bench", token: "Token", local: [], publicRanges: [], onEvent: () => {} };
  const relay = await relayFactory(systemClock).open(options);
  const endpoint = { scheme: "http", host: "127.0.0.1", port: proxy.port };
  relay.setUpstream({
    label: "lab",
    endpoint,
    credential: { user: "customer", secret: new Secret("secret") },
  });
  relay.open();
  const url = `http://launch:Token@${relay.host}:${relay.port}`;
  const ways = {
    "agent of its own": { RELAY: url, AGENT: "1" },
    tunnel: { RELAY: url, HTTPS_PROXY: url, NODE_OPTIONS: requires("tunnel") },
  };
  const results = Object.fromEntries(Object.keys(ways).map((way) => [way, { kept: [], fresh: [] }]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [way, env] of rotate(Object.entries(ways), round + 1)) {
      const measured = await measure(env, target.address().port);
      if (round >= 0) for (const kind of ["kept", "fresh"]) results[way][kind].push(measured[kind]);
    }
  }
  for (const kind of ["kept", "fresh"]) {
    const base = results["agent of its own"][kind];
    for (const [way, measured] of Object.entries(results)) {
      const ratio = median(measured[kind].map((value, round) => value / base[round]));
      const what = kind === "kept" ? "request, kept connection" : "request, new connection ";
      console.log(
        `${what}  ${way.padEnd(16)} ${median(measured[kind]).toFixed(2)} ms   x${ratio.toFixed(2)}`,
      );
    }
  }
  target.close();
  await relay.close();
  await proxy.close();
}

async function measure(env, port) {
  const child = spawn(process.execPath, ["-e", `(${String(client)})(${port})`], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (part) => {
    text += part;
  });
  await once(child, "close");
  return JSON.parse(text);
}

// Runs in a process of its own, so it may use nothing of this file.
async function client(port) {
  const http = require("node:http");
  const relay = new URL(process.env.RELAY);
  const headers = { "Proxy-Authorization": `Basic ${Buffer.from("launch:Token").toString("base64")}` };
  class ConnectAgent extends http.Agent {
    createConnection(options, done) {
      const path = `${options.host}:${options.port}`;
      http
        .request({ host: relay.hostname, port: relay.port, method: "CONNECT", path, headers, agent: false })
        .on("connect", (_, socket) => done(null, socket))
        .on("error", done)
        .end();
    }
  }
  const Agent = process.env.AGENT === "1" ? ConnectAgent : http.Agent;
  const ask = (agent) =>
    new Promise((resolve, reject) => {
      const request = http.get({ host: "target.test", port, agent }, (response) =>
        response.resume().on("end", resolve),
      );
      request.on("error", reject);
    });
  const time = async (keepAlive, count) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    const times = [];
    for (let done = 0; done < count; done += 1) {
      const startedAt = performance.now();
      await ask(agent);
      times.push(performance.now() - startedAt);
    }
    agent.destroy();
    return times.sort((left, right) => left - right)[Math.floor(count / 2)];
  };
  await time(true, 50);
  console.log(JSON.stringify({ kept: await time(true, 300), fresh: await time(false, 100) }));
}
