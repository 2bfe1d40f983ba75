import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { createLogReader } from "../../../lib/adapters/log-store/log-reader.ts";
import { createLogStore } from "../../../lib/adapters/log-store/log-store.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { type LogLimits, logDefaults } from "../../../lib/domain/logs/log-limits.ts";
import type { LogLine } from "../../../lib/domain/logs/log-line.ts";
import type { LogSource } from "../../../lib/ports/logs/log-reader.ts";
import type { LogPlan, ProcessLog } from "../../../lib/ports/logs/log-store.ts";

export interface LogRig {
  /** The log of the test, in a folder of its own. */
  path(): string;
  reader: ReturnType<typeof createLogReader>;
  open(limits?: Partial<LogLimits>, plan?: Partial<LogPlan>): ProcessLog & { readonly runId: RunId };
  /** What the store complained of. */
  troubles(): readonly string[];
}

/** A log store in a folder that is gone after each test. */
export function useLogs(): LogRig {
  let folder = "";
  let troubles: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-logs-"));
    troubles = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const path = () => join(folder, "bot-alice.log");
  return {
    path,
    reader: createLogReader(),
    open(limits = {}, plan = {}) {
      const runId = randomUUID() as RunId;
      const store = createLogStore({ ...logDefaults, ...limits });
      const onTrouble = (message: string) => void troubles.push(message);
      const log = store.open({ path: path(), runId, pid: 1, isShared: false, onTrouble, ...plan });
      return { ...log, runId: plan.runId ?? runId };
    },
    troubles: () => troubles,
  };
}

/** Writes numbered lines of 100 bytes, waiting as a child's pipe would. */
export async function writeLines(log: ProcessLog, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += 100) {
    const numbers = Array.from({ length: Math.min(100, to - first) }, (_, index) => first + index);
    const text = numbers.map((number) => `${String(number).padStart(99, ".")}\n`).join("");
    if (!log.stdout.write(Buffer.from(text))) await log.drained();
    // Each batch comes to the disk by itself.
    await log.drained();
  }
}

/** The numbers of lines that `writeLines` wrote. */
export function numbersIn(lines: readonly LogLine[]): readonly number[] {
  return lines
    .filter(({ stream }) => stream !== "launcher")
    .map(({ text }) => Number(/(\d+)$/.exec(text)?.[1]));
}

/** All that a source has for now. */
export async function readAll(source: LogSource): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for (let more = await source.next(); more.length > 0; more = await source.next()) lines.push(...more);
  return lines;
}

/** The numbers from one to another one. */
export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

export const ended = { code: 0, signal: undefined } as const;
