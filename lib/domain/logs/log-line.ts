import type { RunId } from "../ids.ts";

/** Who said a line of a log: the process on one of its two streams, or the launcher. */
export type LogStream = "stdout" | "stderr" | "launcher";

/** One line of a log. */
export interface LogLine {
  /** RFC 3339 in UTC with milliseconds, so that the order of texts is the order of times. */
  readonly at: string;
  readonly stream: LogStream;
  /** Undefined where the log does not tell, as in one that was cut by hand. */
  readonly runId: RunId | undefined;
  /** One character for each byte, without the newline. */
  readonly text: string;
}

/** What stands between the time and the text: a process can write no line of another stream than its own. */
export const streamMarks = { stdout: " ", stderr: "!", launcher: "#" } as const satisfies Record<
  LogStream,
  string
>;

const streamOf: Readonly<Record<string, LogStream>> = { " ": "stdout", "!": "stderr", "#": "launcher" };
const stampLength = "2026-01-01T00:00:00.000Z".length;
const ofRun = / of run ([0-9a-f-]{36})(?=:|$)/;
const longAgo = "1970-01-01T00:00:00.000Z";

/** A sentence of the launcher's in a log; every one names the run whose lines follow. */
export function logNews(
  news: "started" | "continues" | "ended",
  { runId, pid }: { readonly runId: RunId; readonly pid: number },
  more?: string,
): string {
  return `${news} process ${pid} of run ${runId}${more === undefined ? "" : `: ${more}`}`;
}

/** Whether people want to read it: that a log goes on in another file is of use only to programs. */
export function isTold({ stream, text }: LogLine): boolean {
  return stream !== "launcher" || !text.startsWith("continues ");
}

/** Reads lines in the order of the file; it remembers the run, and the time for a line that has none. */
export class LogLineReader {
  #runId: RunId | undefined;
  #at: string;

  constructor(runId?: RunId, at = longAgo) {
    this.#runId = runId;
    this.#at = at;
  }

  read(line: string): LogLine {
    const stream = streamOf[line.charAt(stampLength)];
    if (stream === undefined || !hasStamp(line))
      return { at: this.#at, stream: "stdout", runId: this.#runId, text: line };
    this.#at = line.slice(0, stampLength);
    const text = line.slice(stampLength + 1);
    if (stream === "launcher") this.#runId = (ofRun.exec(text)?.[1] as RunId | undefined) ?? this.#runId;
    return { at: this.#at, stream, runId: this.#runId, text };
  }
}

/** The time of a line as it stands in the file; undefined for a line that is none of a log. */
export function stampOf(line: string): string | undefined {
  return hasStamp(line) ? line.slice(0, stampLength) : undefined;
}

function hasStamp(line: string): boolean {
  return line.charCodeAt(stampLength - 1) === 0x5a && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/.test(line);
}
