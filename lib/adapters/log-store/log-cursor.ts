import { type LogLine, type LogLineReader, stampOf } from "../../domain/logs/log-line.ts";
import type { LogSource } from "../../ports/logs/log-reader.ts";
import { type LogBlocks, openBlocks, openCompressed } from "./log-blocks.ts";
import { factsOf, listSegments, type Segment } from "./log-files.ts";

/** A place in a log: a file of it, and what was read there. */
export interface CursorStart {
  readonly blocks: LogBlocks | undefined;
  /** The number of the segment; of the present file, the one that it will get. */
  readonly number: number;
  readonly isPresent: boolean;
  readonly reader: LogLineReader;
}

/** Reads a log from file to file and on as it grows: over what is put aside, over a file that was moved or cut, until it is closed. */
export class LogCursor implements LogSource {
  readonly #path: string;
  readonly #since: string | undefined;
  readonly #reader: LogLineReader;
  #blocks: LogBlocks | undefined;
  #number: number;
  #isPresent: boolean;
  /** What followed the last newline. */
  #rest = "";

  constructor(path: string, since: string | undefined, start: CursorStart) {
    this.#path = path;
    this.#since = since;
    this.#reader = start.reader;
    this.#blocks = start.blocks;
    this.#number = start.number;
    this.#isPresent = start.isPresent;
  }

  async next(): Promise<readonly LogLine[]> {
    for (;;) {
      const block = await this.#blocks?.next();
      if (block !== undefined) {
        const lines = this.#linesOf(block);
        if (lines.length > 0) return lines;
        continue;
      }
      const present = this.#isPresent ? await this.#lookAgain() : "moved";
      if (present === "same") return [];
      if (present === "cut") continue;
      const last = await this.#afterEnd();
      if (last === undefined) return [];
      if (last.length > 0) return last;
    }
  }

  async close(): Promise<void> {
    await this.#blocks?.close();
    this.#blocks = undefined;
  }

  #linesOf(block: string): readonly LogLine[] {
    const text = this.#rest + block;
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    if (end === 0) return [];
    const lines = text.slice(0, end - 1).split("\n");
    return this.#read(lines);
  }

  #read(lines: readonly string[]): readonly LogLine[] {
    const since = this.#since;
    const read = lines.map((line) => this.#reader.read(line));
    const last = lines.at(-1);
    if (since === undefined || last === undefined) return read;
    const lastAt = stampOf(last);
    return lastAt !== undefined && lastAt < since ? [] : read.filter(({ at }) => at >= since);
  }

  // What became of the present file: one that was cut is read from its beginning.
  async #lookAgain(): Promise<"same" | "cut" | "moved"> {
    const facts = await factsOf(this.#path);
    // Between two files, or taken away: the next one will come.
    if (facts === undefined) return "same";
    if (facts.ino !== this.#blocks?.ino) return "moved";
    if (facts.size >= this.#blocks.offset()) return "same";
    this.#blocks.rewind();
    this.#rest = "";
    return "cut";
  }

  // The last line of a file may have no newline, and what was written between our last look and its end is still to be read.
  async #afterEnd(): Promise<readonly LogLine[] | undefined> {
    const block = await this.#blocks?.next();
    if (block !== undefined) return this.#linesOf(block);
    const rest = this.#rest;
    this.#rest = "";
    const opened = await this.#openNext();
    if (!opened) {
      this.#rest = rest;
      return undefined;
    }
    return rest === "" ? [] : this.#read([rest]);
  }

  async #openNext(): Promise<boolean> {
    const segments = await listSegments(this.#path);
    const from = this.#isPresent ? await this.#ownNumber(segments) : this.#number;
    for (const segment of segments.filter(({ number }) => number > from)) {
      const blocks = await openSegment(segment);
      if (blocks !== undefined) return this.#moveTo(blocks, segment.number, false);
    }
    const blocks = await openBlocks(this.#path);
    if (blocks === undefined) return false;
    return this.#moveTo(blocks, (segments.at(-1)?.number ?? 0) + 1, true);
  }

  async #moveTo(blocks: LogBlocks, number: number, isPresent: boolean): Promise<true> {
    await this.#blocks?.close();
    this.#blocks = blocks;
    this.#number = number;
    this.#isPresent = isPresent;
    return true;
  }

  // The number that our file was put aside under; where it is compressed or gone already, the one that we foresaw.
  async #ownNumber(segments: readonly Segment[]): Promise<number> {
    if (this.#blocks === undefined) return this.#number - 1;
    for (const { path, number } of segments.toReversed())
      if ((await factsOf(path))?.ino === this.#blocks.ino) return number;
    return this.#number;
  }
}

/** Opens a segment, which may have been compressed since it was listed. */
export async function openSegment({ path, isCompressed }: Segment): Promise<LogBlocks | undefined> {
  if (isCompressed) return openCompressed(path);
  return (await openBlocks(path)) ?? openCompressed(`${path}.gz`);
}
