import type { ReadyProbe } from "../../domain/desk/unit-care.ts";
import { splitCommand } from "../command-words.ts";
import { durationPattern, parseDuration } from "../duration.ts";
import * as shape from "./shape/shape.ts";

const defaultWithinMs = 60_000;
const sizePattern = /^(\d{1,6})\s?(MB|GB|MiB|GiB)$/;
const units: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };
/** A Node process holds more than this before it has done anything. */
const leastMemoryBytes = 32 * 2 ** 20;

const memoryLimit = shape
  .string()
  .refine((text) => sizePattern.test(text), { abort: true, error: "is not a size such as 512MB or 2GiB" })
  .refine((text) => bytesOf(text) >= leastMemoryBytes, "is less than 32MiB")
  .optional()
  .describe("The unit is started anew when its processes hold more: 512MB, 2GiB.");

const restartAt = shape
  .string()
  .refine((text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text), 'is not a time such as "04:30"')
  .optional()
  .describe('The unit is started anew each day at this time of this host: "04:30".');

const ready = shape
  .map({
    http: shape
      .string()
      .refine(isLoopback, "is not an http URL of this host, such as http://127.0.0.1:8080/health")
      .optional()
      .describe("A URL of this host that answers 200 to 299 once the unit is ready."),
    log: shape
      .string()
      .min(1)
      .refine(isExpression, "is not a regular expression")
      .optional()
      .describe("A regular expression for the line that the unit prints once it is ready."),
    exec: shape
      .union([shape.list(shape.string().min(1)).min(1), shape.string().min(1)])
      .refine(
        (words) => execWords(words) !== undefined,
        "is no command: it needs quotes that match, and no shell's signs",
      )
      .optional()
      .describe(
        "A command that is run beside the unit, as launch exec does, and ends with 0 once the unit is ready.",
      ),
    within: shape
      .string()
      .regex(durationPattern, { abort: true })
      .refine((text) => parseDuration(text) !== undefined, "is longer than 24 days")
      .optional()
      .describe("How long it may take: 60s."),
  })
  .refine(
    ({ http, log, exec }) => [http, log, exec].filter((way) => way !== undefined).length === 1,
    "needs one of http, log and exec",
  )
  .optional()
  .describe(
    "Under launch up and with --managed: what shows that the unit is ready; without it: that it runs, a bot on its proven exit.",
  );

/** What `defaults`, bots and collectors say of their care. */
export const careSchema = { memory_limit: memoryLimit, restart_at: restartAt, ready };

type FileReady = shape.Read<typeof ready>;

/** The probe that the file names. */
export function readyProbe(given: FileReady): ReadyProbe | undefined {
  if (given === undefined) return undefined;
  const withinMs = (given.within && parseDuration(given.within)) || defaultWithinMs;
  if (given.http !== undefined) return { way: { kind: "http", url: given.http }, withinMs };
  if (given.log !== undefined) return { way: { kind: "log", pattern: given.log }, withinMs };
  return { way: { kind: "exec", command: execWords(given.exec ?? []) ?? [] }, withinMs };
}

function execWords(words: string | readonly string[]): readonly string[] | undefined {
  if (typeof words !== "string") return words;
  const split = splitCommand(words);
  return split.kind === "words" ? split.words : undefined;
}

/** "512MB" in bytes. */
export function bytesOf(text: string): number {
  const [, amount = "0", unit = "MB"] = sizePattern.exec(text) ?? [];
  return Number(amount) * (units[unit] ?? 1);
}

/** "04:30" in minutes since midnight. */
export function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

function isLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
