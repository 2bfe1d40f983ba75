// The launcher of a leak bench, a process of its own on the bots' side of the lab. The first line of stdin is a LauncherSpec,
// each further one a program to run as a bot; every line is answered by one. Gone with its stdin, and its bots with it.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { setTimeout as after } from "node:timers/promises";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { createProcessTable } from "../../adapters/process-table/process-table.ts";
import { relayFactory } from "../../adapters/relay/relay.ts";
import { createSpawner } from "../../adapters/spawner/spawner.ts";
import { packageRoot } from "../../config/package-root.ts";
import type { RunId } from "../../domain/ids.ts";
import type { PublicRange } from "../../domain/ip.ts";
import { defaultPorts } from "../../domain/run/port-list.ts";
import { Secret } from "../../domain/secret.ts";
import { LaunchError } from "../../errors.ts";
import { childEnvironment } from "../../policy/child-environment.ts";
import type { BenchEnd, BenchProgram, LeakBenchOptions } from "../../ports/leaks/leak-bench.ts";
import type { Relay } from "../../ports/relay.ts";
import type { TierPlan } from "../../ports/spawner.ts";
import { kernelTier } from "../kernel-tier.ts";

/** What the launcher is told first. */
export type LauncherSpec = Omit<LeakBenchOptions, "botSide">;

const outputLimit = 4_000;
const processTable = createProcessTable();
const kernel = kernelTier([], { say: () => {} });
let spec: LauncherSpec | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  if (spec === undefined) {
    spec = JSON.parse(line) as LauncherSpec;
    say({});
  } else say(await runAsBot(spec, JSON.parse(line) as BenchProgram));
}
// By itself Node 20 now and then spins for good in its own clean-up (Environment::CleanupHandles) after sockets came out of another network.
process.exit();

function say(answer: BenchEnd | Record<string, never>): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function runAsBot(given: LauncherSpec, program: BenchProgram): Promise<BenchEnd> {
  const token = randomUUID().replaceAll("-", "");
  const relay = await relayFactory(systemClock).open({
    name: "leak check",
    token,
    local: [],
    publicRanges: given.publicRanges as readonly PublicRange[],
    onEvent: () => {},
  });
  const { scheme, host, port, user, secret } = given.upstream;
  const credential = { user, secret: new Secret(secret) };
  relay.setUpstream({ label: "lab", endpoint: { scheme, host, port }, credential });
  relay.open();
  try {
    return await runToItsEnd(given, program, { relay, token });
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return { code: undefined, output: "", notStarted: error.message };
  } finally {
    await relay.close();
  }
}

async function runToItsEnd(
  given: LauncherSpec,
  program: BenchProgram,
  way: { readonly relay: Relay; readonly token: string },
): Promise<BenchEnd> {
  let output = "";
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output = (output + chunk.toString()).slice(-outputLimit);
      done();
    },
  });
  const spawner = createSpawner({ processTable, stdout: sink, stderr: sink, isolation: kernel });
  const runId = randomUUID() as RunId;
  const channel = await listenAsChannel(runId);
  const handle = await spawner.spawn({
    runId,
    command: program.command,
    cwd: program.cwd,
    env: environmentOf(given, program, { ...way, runId }),
    tty: false,
    logFile: undefined,
    tier: tierPlan(given, way.relay, channel.path),
  });
  const over = new AbortController();
  const late = after(program.timeoutMs, "late" as const, { signal: over.signal }).catch(
    () => "over" as const,
  );
  if ((await Promise.race([handle.ended, late])) === "late") await handle.kill();
  over.abort();
  const { code } = await handle.ended;
  await spawner.killSurvivors(runId);
  channel.close();
  return { code, output, notStarted: undefined };
}

function environmentOf(
  { tier }: LauncherSpec,
  { env }: BenchProgram,
  { relay, token, runId }: { readonly relay: Relay; readonly token: string; readonly runId: RunId },
): Record<string, string> {
  if (tier === "direct") return { ...env };
  return childEnvironment({
    operator: {},
    unit: { kind: "bot", name: "leak-check", env, passEnv: [] },
    runId,
    relayUrl: tier === "kernel" ? undefined : `http://launch:${token}@${relay.host}:${relay.port}`,
    preloads: tier === "preload" ? [join(packageRoot(), "dist/preload/preload/tunnel.js")] : [],
  });
}

function tierPlan({ tier, ports }: LauncherSpec, relay: Relay, botSocket: string): TierPlan {
  if (tier !== "kernel") return { tier };
  return {
    tier,
    ports: [...defaultPorts, ...ports],
    local: [],
    publish: [],
    runAs: undefined,
    botSocket,
    onListener: (listener) => relay.attach(listener),
  };
}

// The tier wants the socket of the bot's channel to be there; nobody speaks on it here.
async function listenAsChannel(runId: RunId): Promise<{ readonly path: string; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  const path = join(folder, `${runId}.sock`);
  const server: Server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, "listening");
  return {
    path,
    close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
