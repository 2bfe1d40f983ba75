import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import type { Relay, RelayEvent } from "../../ports/relay.ts";
import type { ChildProcessHandle, TierPlan } from "../../ports/spawner.ts";
import { kernelTier } from "../kernel-tier.ts";

/** What a bench's launcher is told first. */
export type LauncherSpec = Omit<LeakBenchOptions, "botSide">;

const outputLimit = 4_000;
const processTable = createProcessTable();

/** Runs one program as a bot behind a relay of its own, to its end, its time's end, or the signal's. */
export async function runAsBot(
  given: LauncherSpec,
  program: BenchProgram,
  signal: AbortSignal,
): Promise<BenchEnd> {
  const token = randomUUID().replaceAll("-", "");
  const refusals = new Set<string>();
  const relay = await relayFactory(systemClock).open({
    name: "leak check",
    token,
    local: [],
    publicRanges: given.publicRanges as readonly PublicRange[],
    onEvent: (event) => noteRefusal(event, refusals),
  });
  const { scheme, host, port, user, secret } = given.upstream;
  const credential = { user, secret: new Secret(secret) };
  relay.setUpstream({ label: "lab", endpoint: { scheme, host, port }, credential });
  relay.open();
  const startedAt = performance.now();
  const told = () => ({ tookMs: Math.round(performance.now() - startedAt), refusals: [...refusals] });
  try {
    const end = await runToItsEnd(given, program, { relay, token, refusals, signal });
    return { ...end, ...told(), notStarted: undefined };
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    const notStarted = [error.message, error.hint].filter(Boolean).join(" ");
    return { code: undefined, signal: undefined, isLate: false, output: "", ...told(), notStarted };
  } finally {
    await relay.close();
  }
}

interface Way {
  readonly relay: Relay;
  readonly token: string;
  readonly refusals: Set<string>;
  readonly signal: AbortSignal;
}

async function runToItsEnd(
  given: LauncherSpec,
  program: BenchProgram,
  way: Way,
): Promise<Pick<BenchEnd, "code" | "signal" | "isLate" | "output">> {
  let output = "";
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output = (output + chunk.toString()).slice(-outputLimit);
      done();
    },
  });
  const journal = { say: ({ text }: { readonly text: string }) => void way.refusals.add(text) };
  const isolation = kernelTier(given.hidden ?? [], journal);
  const spawner = createSpawner({ processTable, stdout: sink, stderr: sink, isolation });
  const runId = randomUUID() as RunId;
  const channel = await listenAsChannel(runId);
  try {
    const handle = await spawner.spawn({
      runId,
      command: program.command,
      cwd: program.cwd,
      env: environmentOf(given, program, { ...way, runId }),
      tty: false,
      logFile: undefined,
      tier: tierPlan(given, way.relay, channel.path),
    });
    const isLate = await endInTime(handle, program.timeoutMs, way.signal);
    const { code, signal } = await handle.ended;
    return { code, signal, isLate, output };
  } finally {
    await spawner.killSurvivors(runId);
    channel.close();
  }
}

/** Kills what still runs when its time is over, or nobody wants to know any more; tells whether that was so. */
async function endInTime(
  handle: ChildProcessHandle,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const stop = AbortSignal.any([over.signal, signal]);
  const late = after(timeoutMs, true, { signal: stop }).catch(() => signal.aborted);
  const isLate = await Promise.race([handle.ended.then(() => false), late]);
  over.abort();
  if (isLate) await handle.kill();
  return isLate;
}

function noteRefusal(event: RelayEvent, refusals: Set<string>): void {
  if (event.type === "refused") refusals.add(`the relay refused ${event.target}: ${event.why}`);
  if (event.type === "failed") refusals.add(`the lab's proxy did not reach ${event.target}`);
}

function environmentOf(
  { tier }: LauncherSpec,
  { env, inherited }: BenchProgram,
  { relay, token, runId }: Pick<Way, "relay" | "token"> & { readonly runId: RunId },
): Record<string, string> {
  const { operator = {}, passEnv = [], storeVariables = [] } = inherited ?? {};
  if (tier === "direct") return { ...operator, ...env };
  return childEnvironment({
    operator,
    unit: { kind: "bot", name: "leak-check", env, passEnv },
    runId,
    relayUrl: tier === "kernel" ? undefined : `http://launch:${token}@${relay.host}:${relay.port}`,
    preloads: tier === "preload" ? [join(packageRoot(), "dist/preload/preload/tunnel.js")] : [],
    storeVariables,
  });
}

function tierPlan({ tier, ports, runAs }: LauncherSpec, relay: Relay, botSocket: string): TierPlan {
  if (tier !== "kernel") return { tier };
  return {
    tier,
    ports: [...new Set([...defaultPorts, ...ports])],
    local: [],
    publish: [],
    runAs,
    botSocket,
    onListener: (listener) => relay.attach(listener),
    proveInside: undefined,
  };
}

// The tier wants the socket of the bot's channel to be there; nobody speaks on it here.
async function listenAsChannel(runId: RunId): Promise<{ readonly path: string; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), `slipway-bench-${process.pid}-`));
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
