import { readFile } from "node:fs/promises";
import { type LogLine, LogLineReader } from "../../domain/logs/log-line.ts";
import type { LogReader, LogSource, LogStart } from "../../ports/logs/log-reader.ts";
import { LogCursor } from "./log-cursor.ts";
import { factsOf, listCrashes, listSegments, realLogPath } from "./log-files.ts";
import { readTail } from "./read-tail.ts";

/** Reads the logs of this host. */
export function createLogReader(): LogReader {
  return {
    async has(path) {
      const real = await realLogPath(path);
      return (await factsOf(real))?.isFile === true || (await listSegments(real)).length > 0;
    },
    async open(path, start) {
      const real = await realLogPath(path);
      const { lines, since } = start;
      if (lines === undefined) return openFrom(real, since);
      const tail = await readTail(real, { lines, since });
      return withFirst(tail.lines, tail.source);
    },
    async crashes(path) {
      return listCrashes(await realLogPath(path));
    },
    async crashLines(path) {
      const reader = new LogLineReader();
      const text = await readFile(path, "latin1");
      return text
        .split("\n")
        .slice(0, -1)
        .map((line) => reader.read(line));
    },
  };
}

// A file to which nothing was written since then holds nothing that is wanted.
async function openFrom(path: string, since: LogStart["since"]): Promise<LogSource> {
  const sinceMs = since === undefined ? 0 : Date.parse(since);
  let number = 0;
  for (const segment of await listSegments(path))
    if (((await factsOf(segment.path))?.mtimeMs ?? 0) < sinceMs) number = segment.number;
  const reader = new LogLineReader();
  return new LogCursor(path, since, { blocks: undefined, number, isPresent: false, reader });
}

function withFirst(first: readonly LogLine[], source: LogSource): LogSource {
  let waiting = first;
  return {
    async next() {
      if (waiting.length === 0) return source.next();
      const lines = waiting;
      waiting = [];
      return lines;
    },
    close: () => source.close(),
  };
}
