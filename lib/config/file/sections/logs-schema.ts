import { type LogLimits, logDefaults } from "../../../domain/logs/log-limits.ts";
import { parseDuration, writeDuration } from "../../duration.ts";
import * as shape from "../shape/shape.ts";

const unitBytes: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const sizePattern = /^(\d{1,6}) ?([KMG]B)$/;
/** Smaller files would be put aside faster than they can be compressed. */
const leastBytes = 64 * 1024;

const size = shape
  .string()
  .refine((text) => sizePattern.test(text), "is not a size such as 50MB")
  .refine((text) => !sizePattern.test(text) || bytesOf(text) >= leastBytes, "is less than 64KB");

/** `logs:` of launch.yaml: how much of each log is kept, and for how long. */
export const logsSchema = shape.map({
  size: size.optional().describe("A log file is put aside when it has grown past this: 50MB (the default)."),
  age: shape
    .string()
    .refine((text) => (parseDuration(text) ?? 0) >= 60_000, "is not a duration such as 1d, of at least 1m")
    .optional()
    .describe("... or when its first line is older: 1d (the default), at most 24d."),
  keep: shape
    .string()
    .regex(/^[1-9]\d{0,3}d$/)
    .optional()
    .describe("Files put aside are deleted after so many days: 30d (the default)."),
  total: size
    .optional()
    .describe("All files of one log together; the oldest are deleted first: 300MB (the default)."),
  compress: shape.boolean().optional().describe("false: files put aside are not compressed."),
});

/** The limits that the file sets, and the others as they are by default. */
export function logLimitsOf(given: shape.Read<typeof logsSchema>): LogLimits {
  return {
    maxBytes: given.size === undefined ? logDefaults.maxBytes : bytesOf(given.size),
    maxAgeMs: (given.age === undefined ? undefined : parseDuration(given.age)) ?? logDefaults.maxAgeMs,
    keepMs: given.keep === undefined ? logDefaults.keepMs : Number.parseInt(given.keep, 10) * 86_400_000,
    totalBytes: given.total === undefined ? logDefaults.totalBytes : bytesOf(given.total),
    isCompressed: given.compress ?? logDefaults.isCompressed,
  };
}

/** The limits as the file would say them. */
export function shownLogLimits({ maxBytes, maxAgeMs, keepMs, totalBytes, isCompressed }: LogLimits): string {
  const of = isCompressed ? "compressed" : "not compressed";
  return `files of ${sizeOf(maxBytes)} or ${writeDuration(maxAgeMs)}, ${of}, for ${writeDuration(keepMs)}, at most ${sizeOf(totalBytes)} a log`;
}

function bytesOf(text: string): number {
  const [, count = "0", unit = ""] = sizePattern.exec(text) ?? [];
  return Number(count) * (unitBytes[unit] ?? 1);
}

function sizeOf(bytes: number): string {
  const unit = (["GB", "MB", "KB"] as const).find((name) => bytes % (unitBytes[name] ?? 1) === 0) ?? "KB";
  return `${Math.round(bytes / (unitBytes[unit] ?? 1))}${unit}`;
}
