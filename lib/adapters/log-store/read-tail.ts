import { type LogLine, LogLineReader } from "../../domain/logs/log-line.ts";
import type { LogSource } from "../../ports/logs/log-reader.ts";
import { type LogBlocks, openBlocks, type PlainBlocks } from "./log-blocks.ts";
import { LogCursor, openSegment } from "./log-cursor.ts";
import { listSegments, type Segment } from "./log-files.ts";

/** How much is wanted of the end of a log. */
export interface TailWish {
  /** Lines of the launcher come beside them. */
  readonly lines: number;
  readonly since: string | undefined;
}

/** The last lines, and a source that goes on behind them. */
export interface Tail {
  readonly lines: readonly LogLine[];
  readonly source: LogSource;
}

const firstBytes = 64 * 1024;

/** Reads the end of a log backwards, as far as is wanted and until it is known whose lines they are. */
export async function readTail(path: string, wish: TailWish): Promise<Tail> {
  const { segments, blocks } = await openPresent(path);
  const present = blocks === undefined ? none : await endOf(blocks, wish);
  blocks?.seek(present.offset);
  let lines = present.lines;
  for (const segment of segments.toReversed()) {
    if (isEnough(lines, wish)) break;
    lines = [...(await linesOf(segment, wish)), ...lines];
  }
  const last = lines.at(-1);
  const reader = new LogLineReader(last?.runId, last?.at);
  const number = (segments.at(-1)?.number ?? 0) + 1;
  const source = new LogCursor(path, wish.since, { blocks, number, isPresent: true, reader });
  return { lines: lastOf(lines, wish), source };
}

const none: { readonly lines: readonly LogLine[]; readonly offset: number } = { lines: [], offset: 0 };

// A file that is put aside between two looks would be there twice, or not at all.
async function openPresent(path: string) {
  for (;;) {
    const before = await listSegments(path);
    const blocks = await openBlocks(path);
    const segments = await listSegments(path);
    if (before.at(-1)?.number === segments.at(-1)?.number) return { segments, blocks };
    await blocks?.close();
  }
}

// Up to the last newline; what follows it is not a line yet.
async function endOf(blocks: PlainBlocks, wish: TailWish): Promise<typeof none> {
  const { size } = blocks;
  for (let length = firstBytes; ; length *= 4) {
    const from = Math.max(0, size - length);
    const text = await blocks.slice(from, size);
    const begin = from === 0 ? 0 : text.indexOf("\n") + 1;
    const end = text.lastIndexOf("\n") + 1;
    const lines = end > begin ? parse(text.slice(begin, end - 1)) : [];
    if (from === 0 || isEnough(lines, wish)) return { lines, offset: from + end };
  }
}

async function linesOf(segment: Segment, wish: TailWish): Promise<readonly LogLine[]> {
  const blocks = await openSegment(segment);
  if (blocks === undefined) return [];
  try {
    return isPlain(blocks) ? (await endOf(blocks, wish)).lines : await lastOfAll(blocks, wish);
  } finally {
    await blocks.close();
  }
}

function isPlain(blocks: LogBlocks): blocks is PlainBlocks {
  return "slice" in blocks;
}

// A compressed file is read from its beginning.
async function lastOfAll(blocks: LogBlocks, wish: TailWish): Promise<readonly LogLine[]> {
  const reader = new LogLineReader();
  let rest = "";
  let lines: LogLine[] = [];
  for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
    const [first = "", ...others] = block.split("\n");
    const whole = [rest + first, ...others];
    rest = whole.pop() ?? "";
    for (const line of whole) lines.push(reader.read(line));
    if (lines.length > 4 * wish.lines + 10_000) lines = [...lastOf(lines, wish)];
  }
  return rest === "" ? lines : [...lines, reader.read(rest)];
}

function parse(text: string): readonly LogLine[] {
  const reader = new LogLineReader();
  return text.split("\n").map((line) => reader.read(line));
}

function isEnough(lines: readonly LogLine[], wish: TailWish): boolean {
  const kept = lastOf(lines, wish);
  const [first] = kept;
  // Without a line of the launcher before it, nobody knows whose the first one is.
  if (first !== undefined && first.runId === undefined) return false;
  return kept.length < lines.length || (wish.lines === 0 && lines.at(-1)?.runId !== undefined);
}

/** As many of the last lines as are wanted, with what the launcher says between and before them. */
export function lastOf(lines: readonly LogLine[], { lines: wanted, since }: TailWish): readonly LogLine[] {
  let from = lines.length;
  for (let count = 0; from > 0; from -= 1) {
    const line = lines[from - 1];
    if (line === undefined || (since !== undefined && line.at < since)) break;
    if (line.stream === "launcher") continue;
    if (count === wanted) break;
    count += 1;
  }
  return lines.slice(from);
}
