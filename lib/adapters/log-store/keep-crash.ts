import { writeFile } from "node:fs/promises";
import { logNews, streamMarks } from "../../domain/logs/log-line.ts";
import type { LogPlan } from "../../ports/logs/log-store.ts";
import { crashPath, factsOf, realLogPath } from "./log-files.ts";
import { lastOf, readTail } from "./read-tail.ts";

/** So many lines of a process are kept when it crashes. */
const keptLines = 1_000;
/** In a file to which others write as well, they are looked for among so many. */
const searchedLines = 10_000;
/** However long they are. */
const mostBytes = 1024 * 1024;

/** Copies the last lines of the process out of its log, which goes on and is thrown away one day; gives back where they are. */
export async function keepCrash(plan: LogPlan): Promise<string | undefined> {
  const path = await realLogPath(plan.path);
  if ((await factsOf(path))?.isFile !== true) return undefined;
  const { lines, source } = await readTail(path, {
    lines: plan.isShared ? searchedLines : keptLines,
    since: undefined,
  });
  await source.close();
  const start = logNews("started", plan);
  const begin = lines.findLastIndex(({ stream, text }) => stream === "launcher" && text === start);
  const all = lines.slice(Math.max(begin, 0)).filter(({ runId }) => runId === plan.runId);
  const own = lastOf(all, { lines: keptLines, since: undefined });
  const written = own.map(({ at, stream, text }) => `${at}${streamMarks[stream]}${text}`);
  const at = new Date().toISOString();
  const target = crashPath(path, at, plan.pid);
  const [first = { at, stream: "stdout" }] = own;
  const head =
    first.stream === "launcher" ? "" : `${first.at}${streamMarks.launcher}${logNews("continues", plan)}\n`;
  const text = head + lastWhole(written, mostBytes);
  await writeFile(target, Buffer.from(text, "latin1"), { flag: "wx", mode: 0o600 });
  return target;
}

function lastWhole(lines: readonly string[], most: number): string {
  let from = lines.length;
  for (let bytes = 0; from > 0; from -= 1) {
    bytes += (lines[from - 1]?.length ?? 0) + 1;
    if (bytes > most && from < lines.length) break;
  }
  return lines
    .slice(from)
    .map((line) => `${line}\n`)
    .join("");
}
