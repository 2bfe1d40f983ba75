import type { LogLine } from "../../domain/logs/log-line.ts";
import type { NamedLog, UnitLine } from "../../domain/logs/named-log.ts";
import type { LogReader, LogSource, LogStart } from "../../ports/logs/log-reader.ts";

/** A log with where it is read from. */
export interface OpenLog {
  readonly log: NamedLog;
  readonly source: LogSource;
}

/** Opens logs where reading is to begin. */
export function openedLogs(
  reader: Pick<LogReader, "open">,
  logs: readonly NamedLog[],
  start: LogStart,
): Promise<readonly OpenLog[]> {
  return Promise.all(logs.map(async (log) => ({ log, source: await reader.open(log.path, start) })));
}

/** The last lines that were kept of the newest crash of each; nothing of what has never crashed. */
export async function lastCrashes(
  reader: Pick<LogReader, "crashes" | "crashLines">,
  logs: readonly NamedLog[],
  most = Number.POSITIVE_INFINITY,
): Promise<readonly OpenLog[]> {
  const opened = logs.map(async (log) => {
    const crash = (await reader.crashes(log.path)).at(-1);
    const lines = crash === undefined ? [] : await reader.crashLines(crash.path);
    return { log, source: once(lines.slice(Math.max(0, lines.length - most))) };
  });
  return Promise.all(opened);
}

function once(lines: readonly LogLine[]): LogSource {
  let waiting = lines;
  return {
    next() {
      const next = waiting;
      waiting = [];
      return Promise.resolve(next);
    },
    close: () => Promise.resolve(),
  };
}

interface Queue extends OpenLog {
  lines: readonly LogLine[];
  at: number;
  /** Its source had nothing more in this round. */
  isDry: boolean;
}

/** The lines of several logs as one, by time; each log keeps its own order. */
export class MergedLogs {
  readonly #queues: readonly Queue[];

  constructor(logs: readonly OpenLog[]) {
    this.#queues = logs.map((log) => ({ ...log, lines: [], at: 0, isDry: false }));
  }

  /** Some more lines; none when no log has more for now. */
  async next(): Promise<readonly UnitLine[]> {
    await Promise.all(this.#queues.map(fill));
    const lines = takeInOrder(this.#queues);
    if (lines.length === 0) for (const queue of this.#queues) queue.isDry = false;
    return lines;
  }

  async close(): Promise<void> {
    await Promise.all(this.#queues.map(({ source }) => source.close()));
  }
}

async function fill(queue: Queue): Promise<void> {
  if (queue.at < queue.lines.length || queue.isDry) return;
  queue.lines = await queue.source.next();
  queue.at = 0;
  queue.isDry = queue.lines.length === 0;
}

// Until a log that may have more is read up: its next line could be older than those of the others.
function takeInOrder(all: readonly Queue[]): readonly UnitLine[] {
  const taken: UnitLine[] = [];
  let queues = all.filter(hasMore);
  while (queues.length > 0) {
    const [first, second] = queues.toSorted(byTime);
    if (first === undefined) break;
    take(first, second === undefined ? undefined : headOf(second), taken);
    if (hasMore(first)) continue;
    if (!first.isDry) break;
    queues = queues.filter((queue) => queue !== first);
  }
  return taken;
}

function take(queue: Queue, until: string | undefined, taken: UnitLine[]): void {
  const { lines, log } = queue;
  do {
    const line = lines[queue.at];
    if (line === undefined) return;
    taken.push({ ...line, log });
    queue.at += 1;
  } while (until === undefined || headOf(queue) <= until);
}

function hasMore({ lines, at }: Queue): boolean {
  return at < lines.length;
}

function headOf({ lines, at }: Queue): string {
  return lines[at]?.at ?? "";
}

function byTime(a: Queue, b: Queue): number {
  const [one, other] = [headOf(a), headOf(b)];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
