import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBotChannelFactory } from "../../../lib/adapters/bot-channel/bot-channel.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { BotChannel, BotChannelEvent } from "../../../lib/ports/bot-channel.ts";
import { patient } from "../../patience/patience.ts";
import { builtFile } from "../../support/built.ts";
import { type Preloaded, startPreloaded } from "./preloaded.ts";

const runId = "00000000-0000-4000-8000-00000000beef" as RunId;
const observe = builtFile("preload/preload/observe.js");

let folder = "";
let channel: BotChannel;
let events: BotChannelEvent[] = [];
let wake = () => {};
let started: Preloaded[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "slipway-observe-"));
  [events, started] = [[], []];
  const onEvent = (event: BotChannelEvent) => {
    events.push(event);
    wake();
  };
  const path = join(folder, "bot.sock");
  channel = await createBotChannelFactory().listen({ runId, path, launcherVersion: "0.1.0", onEvent });
});
afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill("SIGKILL");
    await ended;
  }
  await channel.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(code: string, env: Record<string, string> = {}): Preloaded {
  const variables = { LAUNCH_CONTROL: channel.path, LAUNCH_RUN_ID: runId, ...env };
  const preloaded = startPreloaded({ preloads: [observe], env: variables, args: ["-e", code] });
  started.push(preloaded);
  return preloaded;
}

async function next<T extends BotChannelEvent["type"]>(type: T): Promise<BotChannelEvent & { type: T }> {
  for (;;) {
    const found = events.find((event): event is BotChannelEvent & { type: T } => event.type === type);
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

test("the hello arrives while the bot still blocks its event loop", async () => {
  const flag = join(folder, "go");
  const bot = run(`while (!require("node:fs").existsSync(${JSON.stringify(flag)}));`);
  expect(await next("hello")).toMatchObject({ pid: bot.child.pid, tunnel: false, selfCheck: "ok" });
  writeFileSync(flag, "");
  expect(await bot.ended).toMatchObject({ code: 0 });
});

test("a bot heartbeats as soon as its loop turns", async () => {
  const bot = run("setInterval(() => {}, 1000)");
  expect(await next("heartbeat")).toEqual({ type: "heartbeat", pid: bot.child.pid, lagMs: 0 });
});

test.each([
  ["process.stdout.write('out'); process.stderr.write('err')", { code: 0, stdout: "out", stderr: "err" }],
  ["process.exitCode = 3", { code: 3, stdout: "", stderr: "" }],
  [
    "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 9e4)",
    { code: null, signal: "SIGTERM", stderr: "" },
  ],
  ["setImmediate(() => process.exit(5))", { code: 5, stdout: "", stderr: "" }],
])("a bot that runs `%s` ends as it would alone", async (code, end) => {
  expect(await run(code).ended).toMatchObject(end);
  expect(await next("hello")).toBeDefined();
});

test("a bot without a launcher runs as if the preload were not there", async () => {
  const bot = run("process.stdout.write('fine')", { LAUNCH_CONTROL: join(folder, "nobody.sock") });
  expect(await bot.ended).toEqual({ code: 0, signal: null, stdout: "fine", stderr: "" });
});

test("a worker of the bot does not speak for it", async () => {
  await run("new (require('node:worker_threads').Worker)('1', { eval: true })").ended;
  await next("hello");
  expect(events.filter((event) => event.type === "hello").length).toBe(1);
});

test("a child of the bot with the preload is another process on the channel", async () => {
  await run("require('node:child_process').spawnSync(process.execPath, ['-e', '0'])").ended;
  while (events.filter((event) => event.type === "hello").length < 2) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  const pids = events.flatMap((event) => (event.type === "hello" ? [event.pid] : []));
  expect(new Set(pids).size).toBe(2);
});

test.each([
  ["loads its own modules for a while", "if (Date.now() >= until) done(); else setImmediate(load)", true],
  ["is busy for as long as it runs", "setImmediate(load)", false],
])(
  "a witness asked for at the hello is read once the bot is quiet, or after a second: one that %s",
  async (_, step, isLoaded) => {
    const loaded = join(folder, "loaded");
    const seen: boolean[] = [];
    const witness = createServer((_request, response) => {
      seen.push(existsSync(loaded));
      response.end("203.0.113.7\n");
    });
    witness.listen(0, "127.0.0.1");
    await once(witness, "listening");
    run(`const done = () => require("node:fs").writeFileSync(${JSON.stringify(loaded)}, "");
    const until = Date.now() + 400;
    setTimeout(() => {}, 90_000);
    (function load() { for (const endAt = Date.now() + 5; Date.now() < endAt;); ${step}; })();`);
    await next("hello");
    const url = `http://127.0.0.1:${(witness.address() as AddressInfo).port}/`;
    expect(channel.requestExitCheck(1, url, patient(5_000))).toBe(true);
    expect(await next("exit-check")).toMatchObject({ answer: { status: 200 } });
    expect(seen).toEqual([isLoaded]);
    witness.close();
  },
);

test("a witness is read over a fresh connection, cut after 4 KiB, and a failure is told by its code", async () => {
  let connections = 0;
  const witness = createServer((request, response) => {
    if (request.url === "/ip") response.end("203.0.113.7\n");
    else if (request.url === "/long") response.end("x".repeat(100_000));
    else response.writeHead(503).end("no");
  });
  witness.on("connection", () => {
    connections += 1;
  });
  witness.listen(0, "127.0.0.1");
  await once(witness, "listening");
  const url = `http://127.0.0.1:${(witness.address() as AddressInfo).port}`;
  run("setInterval(() => {}, 1000)");
  await next("hello");
  const read = async (id: number, address: string) => {
    events = events.filter((event) => event.type !== "exit-check");
    channel.requestExitCheck(id, address, patient(5_000));
    return next("exit-check");
  };
  expect(await read(1, `${url}/ip`)).toEqual({
    type: "exit-check",
    id: 1,
    witness: `${url}/ip`,
    answer: { status: 200, body: "203.0.113.7\n" },
  });
  expect((await read(2, `${url}/long`)).answer).toEqual({ status: 200, body: "x".repeat(4097) });
  expect((await read(3, `${url}/gone`)).answer).toEqual({ status: 503, body: "no" });
  expect(connections).toBe(3);
  witness.close();
  expect((await read(4, `${url}/ip`)).answer).toEqual({ error: "ECONNREFUSED" });
  expect((await read(5, "not a url")).answer).toEqual({ error: "ERR_INVALID_URL" });
});

test("a bot that is done ends although a witness keeps silent", async () => {
  const silent = createServer(() => {});
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const arrived = once(silent, "request");
  const bot = run("process.once('SIGUSR2', () => clearInterval(t)); const t = setInterval(() => {}, 1000)");
  await next("heartbeat");
  channel.requestExitCheck(1, `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, patient(5_000));
  await arrived;
  bot.child.kill("SIGUSR2");
  expect(await bot.ended).toMatchObject({ code: 0 });
  silent.closeAllConnections();
  silent.close();
});

test("the hello tells that the tunnel is in force and passed its self-check", async () => {
  const preloads = [builtFile("preload/preload/tunnel.js"), observe];
  const variables = { LAUNCH_CONTROL: channel.path, LAUNCH_RUN_ID: runId, HTTPS_PROXY: "http://127.0.0.1:1" };
  const bot = startPreloaded({ preloads, env: variables, args: ["-e", "0"] });
  expect(await next("hello")).toMatchObject({ pid: bot.child.pid, tunnel: true, selfCheck: "ok" });
  expect(await bot.ended).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
});
