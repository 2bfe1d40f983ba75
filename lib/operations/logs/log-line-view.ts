import { Buffer } from "node:buffer";
import type { UnitLine } from "../../domain/logs/named-log.ts";

/** One line of `launch logs --json`. */
export function logLineView({ log, at, runId, stream, text }: UnitLine) {
  return { time: at, unit: log.name, kind: log.kind, run: runId ?? null, stream, text: textOf(text) };
}

/** The text of a line: its bytes as UTF-8, what is none as a mark of replacement. */
export function textOf(bytes: string): string {
  return /[\u0080-\u00ff]/.test(bytes) ? Buffer.from(bytes, "latin1").toString() : bytes;
}
