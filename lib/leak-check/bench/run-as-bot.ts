import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createBotChannelFactory } from "../../adapters/bot-channel/bot-channel.ts";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { createProcessTable } from "../../adapters/process-table/process-table.ts";
import { relayFactory } from "../../adapters/relay/relay.ts";
import { passThrough } from "../../adapters/spawner/pass-through.ts";
import { createSpawner } from "../../adapters/spawner/spawner.ts";
import { kernelTier } from "../../compose/kernel-tier.ts";
import type { PublicRange } from "../../domain/ip.ts";
import { Secret } from "../../domain/secret.ts";
import { LaunchError } from "../../errors.ts";
import type { Relay, RelayEvent } from "../../ports/relay.ts";
import type { ProcessEnd, Spawner } from "../../ports/spawner.ts";
import { ProcessKeeper } from "../../supervisor/process/process-keeper.ts";
import { benchSettings } from "./bench-settings.ts";
import type { BenchEnd, BenchProgram, LeakBenchOptions } from "./leak-bench.ts";
import { type OutsideProgram, startOutside } from "./outside-program.ts";

/** What a bench's launcher is told first. */
export type LauncherSpec = Omit<LeakBenchOptions, "botSide">;

type Outcome = Omit<BenchEnd, "tookMs" | "refusals">;

const outputLimit = 4_000;
const processes = createProcessTable();

/** Runs one program as `launch bot` would run it behind a proven exit: to its end, its time's end, or the signal's. */
export async function runAsBot(
  given: LauncherSpec,
  program: BenchProgram,
  signal: AbortSignal,
): Promise<BenchEnd> {
  const refusals = new Set<string>();
  const startedAt = performance.now();
  const outcome = await runBehindRelay(given, program, { refusals, signal }).catch(notStarted);
  return { ...outcome, tookMs: Math.round(performance.now() - startedAt), refusals: [...refusals] };
}

interface Watch {
  /** What relay and tier refuse meanwhile, as sentences. */
  readonly refusals: Set<string>;
  readonly signal: AbortSignal;
}

async function runBehindRelay(
  given: LauncherSpec,
  program: BenchProgram,
  { refusals, signal }: Watch,
): Promise<Outcome> {
  const token = randomUUID().replaceAll("-", "");
  const { scheme, host, port, user, secret } = given.upstream;
  const relay = await relayFactory(systemClock).open({
    name: "leak check",
    token,
    local: [],
    publicRanges: given.publicRanges as readonly PublicRange[],
    onEvent: (event) => noteRefusal(event, refusals),
  });
  relay.setUpstream({
    label: "lab",
    endpoint: { scheme, host, port },
    credential: { user, secret: new Secret(secret) },
  });
  const output = keptOutput();
  const journal = { say: ({ text }: { readonly text: string }) => void refusals.add(text) };
  const isolation = kernelTier(given.hidden ?? [], journal);
  const spawner = createSpawner({ processTable: processes, isolation });
  const folder = mkdtempSync(join(tmpdir(), `slipway-bench-${process.pid}-`));
  const outside = await outsideOf(given, program);
  output.onText = (text) => outside?.hear(text);
  try {
    const env = { ...program.env, ...outside?.env };
    const end = await runProcess(
      given,
      { ...program, env },
      {
        relay,
        token,
        spawner,
        folder,
        sink: output.sink,
        signal,
      },
    );
    return { ...end, output: output.kept() };
  } finally {
    await outside?.close();
    rmSync(folder, { recursive: true, force: true });
    await relay.close();
  }
}

interface Ways {
  readonly relay: Relay;
  readonly token: string;
  readonly spawner: Spawner;
  readonly folder: string;
  readonly sink: Writable;
  readonly signal: AbortSignal;
}

// The supervisor's own keeper starts, greets and ends the process, so that what is tried is what bots get.
async function runProcess(
  given: LauncherSpec,
  program: BenchProgram,
  { relay, token, spawner, folder, sink, signal }: Ways,
): Promise<Omit<Outcome, "output">> {
  const settings = await benchSettings(given, program, spawner, folder);
  const ports = { spawner, processes, clock: systemClock, channels: createBotChannelFactory() };
  const keeper = new ProcessKeeper(ports, settings, passThrough({ stdout: sink, stderr: sink }));
  const isDirect = given.tier === "direct";
  const over = AbortSignal.any([signal, AbortSignal.timeout(program.timeoutMs)]);
  try {
    let tell: (end: ProcessEnd) => void = () => {};
    const ended = new Promise<ProcessEnd>((resolve) => {
      tell = resolve;
    });
    await keeper.spawn(isDirect ? undefined : { relay, token, proveInside: undefined }, tell);
    if (given.tier === "preload") {
      const greeting = await Promise.race([ended.then(() => undefined), keeper.greeting(over)]);
      if (greeting?.type === "not-greeted") return refused(greeting.reason);
    }
    relay.open();
    const isLate = await Promise.race([ended.then(() => false), aborted(over)]);
    if (isLate) await keeper.stop(true);
    const { code, signal: by } = await ended;
    return { code, signal: by, isLate, notStarted: undefined };
  } finally {
    await keeper.stop(true);
    await spawner.killSurvivors(settings.runId);
    await keeper.close();
  }
}

function aborted(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(true);
    else signal.addEventListener("abort", () => resolve(true), { once: true });
  });
}

function notStarted(error: unknown): Outcome {
  if (!(error instanceof LaunchError)) throw error;
  return { ...refused([error.message, error.hint].filter(Boolean).join(" ")), output: "" };
}

function refused(why: string): Omit<Outcome, "output"> {
  return { code: undefined, signal: undefined, isLate: false, notStarted: why };
}

function outsideOf(
  { runAs }: LauncherSpec,
  { outside, env }: BenchProgram,
): Promise<OutsideProgram> | undefined {
  return outside === undefined ? undefined : startOutside(outside, { env, runAs });
}

function keptOutput() {
  let output = "";
  const hearing = { onText: (_text: string): void => {} };
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output = (output + chunk.toString()).slice(-outputLimit);
      hearing.onText(chunk.toString());
      done();
    },
  });
  return Object.assign(hearing, { sink, kept: () => output });
}

function noteRefusal(event: RelayEvent, refusals: Set<string>): void {
  if (event.type === "refused") refusals.add(`the relay refused ${event.target}: ${event.why}`);
  if (event.type === "failed") refusals.add(`the lab's proxy did not reach ${event.target}`);
}
