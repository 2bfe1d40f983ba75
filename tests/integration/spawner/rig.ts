import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach } from "vitest";
import { createLogReader } from "../../../lib/adapters/log-store/log-reader.ts";
import { createLogStore } from "../../../lib/adapters/log-store/log-store.ts";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import { passThrough } from "../../../lib/adapters/spawner/pass-through.ts";
import { createSpawner } from "../../../lib/adapters/spawner/spawner.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { type LogLimits, logDefaults } from "../../../lib/domain/logs/log-limits.ts";
import type { LogLine } from "../../../lib/domain/logs/log-line.ts";
import type { ChildProcessHandle, Spawner, SpawnPlan } from "../../../lib/ports/spawner.ts";

/** The path of a fixture bot. */
export function bot(name: string): string {
  return new URL(`../../fixtures/bots/${name}`, import.meta.url).pathname;
}

/** A stream that keeps what is written to it. */
interface Sink {
  readonly stream: Writable;
  text(): string;
  bytes(): number;
  /** Settles when the line was written. */
  line(wanted: string): Promise<void>;
  hangUp(): void;
  /** Takes nothing until the returned function is called. */
  hold(): () => void;
}

export interface SpawnerRig {
  readonly spawner: Spawner;
  readonly table: ReturnType<typeof createLinuxProcessTable>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  spawn(
    command: readonly string[],
    change?: Partial<Omit<SpawnPlan, "runId">> & { runId?: string },
  ): Promise<ChildProcessHandle>;
  another(limits: Partial<LogLimits>): Pick<SpawnerRig, "spawn">;
  lastRunId(): string;
  folder(): string;
  file(name: string, text: string, mode: number): string;
  /** Starts a process with the run id that belongs to no launcher of ours. */
  orphan(runId: string): Promise<number>;
}

/** A spawner whose children, orphans and files are gone after each test. */
export function useSpawner(): SpawnerRig {
  const table = createLinuxProcessTable();
  let stdout = createSink();
  let stderr = createSink();
  const logs = createLogStore(logDefaults);
  let spawner = createSpawner({ processTable: table, logs });
  let folder = "";
  let runIds: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-spawner-"));
    [stdout, stderr, runIds] = [createSink(), createSink(), []];
    spawner = createSpawner({ processTable: table, logs });
  });
  afterEach(async () => {
    const sweeper = createSpawner({ processTable: table });
    for (const runId of runIds) await sweeper.killSurvivors(runId as RunId);
    // What was put aside may be compressed still.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const spawnBy =
    (by: () => Spawner): SpawnerRig["spawn"] =>
    (command, { runId = randomUUID(), env, output, ...change } = {}) => {
      runIds.push(runId);
      return by().spawn({
        runId: runId as RunId,
        command,
        cwd: folder,
        env: { ...(env ?? { PATH: "/usr/local/bin:/usr/bin:/bin" }), LAUNCH_RUN_ID: runId },
        tty: false,
        logFile: undefined,
        output: output ?? passThrough({ stdout: stdout.stream, stderr: stderr.stream }),
        tier: { tier: "direct" },
        ...change,
      });
    };
  return {
    table,
    get spawner() {
      return spawner;
    },
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    spawn: spawnBy(() => spawner),
    another: (limits) => {
      const other = createSpawner({
        processTable: table,
        logs: createLogStore({ ...logDefaults, ...limits }),
      });
      return { spawn: spawnBy(() => other) };
    },
    lastRunId: () => runIds.at(-1) ?? "",
    folder: () => folder,
    file: (name, text, mode) => {
      writeFileSync(join(folder, name), text, { mode });
      return join(folder, name);
    },
    async orphan(runId) {
      runIds.push(runId);
      const child = spawn("cat", {
        env: { PATH: "/usr/bin:/bin", LAUNCH_RUN_ID: runId },
        detached: true,
        stdio: ["pipe", "pipe", "ignore"],
      });
      child.stdin.write("x");
      await once(child.stdout, "data");
      return child.pid ?? -1;
    },
  };
}

/** Every line of a log, read from its oldest file on. */
async function logged(path: string): Promise<readonly LogLine[]> {
  const source = await createLogReader().open(path, { lines: undefined, since: undefined });
  const lines: LogLine[] = [];
  for (let more = await source.next(); more.length > 0; more = await source.next())
    for (const line of more) lines.push(line);
  await source.close();
  return lines;
}

/** The same without what the launcher says. */
export async function written(path: string): Promise<readonly string[]> {
  return (await logged(path)).filter(({ stream }) => stream !== "launcher").map(({ text }) => text);
}

/** The pid that a fixture prints as its first line. */
export async function startedPid(rig: Pick<SpawnerRig, "stdout">): Promise<number> {
  await rig.stdout.line("");
  return Number.parseInt(rig.stdout.text(), 10);
}

function createSink(): Sink {
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString();
  let held = Promise.resolve();
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      stream.emit("taken");
      void held.then(() => setImmediate(done));
    },
  });
  return {
    stream,
    text,
    bytes: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    async line(wanted) {
      while (!text().includes(`${wanted}\n`)) await once(stream, "taken");
    },
    hold() {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    hangUp: () => stream.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  };
}
