import { type ExitIp, type IpAddress, parseIp } from "../../../domain/ip.ts";
import { isJsonObject } from "../../../domain/text/json-object.ts";
import { type Instant, instant } from "../../../domain/time.ts";
import { InternalError } from "../../../errors.ts";
import type { Row } from "./session.ts";

/** Reads a nested row, as `to_jsonb` of a table gives it. */
export function rowAt(row: Row, column: string): Row {
  const value = row[column];
  if (isJsonObject(value)) return value;
  return refuse(column, "an object", value);
}

/** Reads a list of nested rows, as `jsonb_agg` gives it. */
export function rowsAt(row: Row, column: string): readonly Row[] {
  const value = row[column];
  return Array.isArray(value) ? (value as readonly Row[]) : refuse(column, "a list", value);
}

/** Reads a text column; null is refused. */
export function textAt(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : refuse(column, "text", value);
}

/** Reads a text column that may be null. */
export function optionalTextAt(row: Row, column: string): string | undefined {
  return row[column] === null || row[column] === undefined ? undefined : textAt(row, column);
}

/** Reads a number; counts of PostgreSQL arrive as text and are read too. */
export function numberAt(row: Row, column: string): number {
  const value = typeof row[column] === "string" ? Number(row[column]) : row[column];
  return typeof value === "number" && Number.isFinite(value) ? value : refuse(column, "a number", value);
}

/** Reads a number that may be null. */
export function optionalNumberAt(row: Row, column: string): number | undefined {
  return row[column] === null || row[column] === undefined ? undefined : numberAt(row, column);
}

/** Reads a boolean; null is refused. */
export function booleanAt(row: Row, column: string): boolean {
  const value = row[column];
  return typeof value === "boolean" ? value : refuse(column, "true or false", value);
}

/** Reads a text[] column. */
export function textsAt(row: Row, column: string): readonly string[] {
  const value = row[column];
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === "string");
  return isTexts ? (value as readonly string[]) : refuse(column, "a list of texts", value);
}

/** Selects a timestamptz as epoch milliseconds; a long list comes and is read in half the time of its text. */
export function epochMs(column: string): string {
  return `date_part('epoch', ${column}) * 1000`;
}

/** Reads a timestamptz as `to_jsonb` or `epochMs` gives it. */
export function instantAt(row: Row, column: string): Instant {
  const value = row[column];
  // Back to whole microseconds before the rest is cut off, as it is of a text.
  const ms =
    typeof value === "number" ? Math.floor(Math.round(value * 1000) / 1000) : Date.parse(textAt(row, column));
  return Number.isNaN(ms) ? refuse(column, "an instant", row[column]) : instant(ms);
}

/** Reads a timestamptz column that may be null. */
export function optionalInstantAt(row: Row, column: string): Instant | undefined {
  return row[column] === null || row[column] === undefined ? undefined : instantAt(row, column);
}

const ipv4 = /^\d+\.\d+\.\d+\.\d+$/;

/** Reads an inet column that may be null, in the one form that addresses have here. */
export function optionalExitIpAt(row: Row, column: string): ExitIp | undefined {
  const text = optionalTextAt(row, column);
  // The column's type lets no other text of this form through.
  if (text !== undefined && ipv4.test(text)) return text as ExitIp;
  const ip = text === undefined ? undefined : parseIp(text);
  return text !== undefined && ip === undefined
    ? refuse(column, "an address", text)
    : (ip as ExitIp | undefined);
}

/** Reads an inet column; null is refused. */
export function ipAt(row: Row, column: string): IpAddress {
  return optionalExitIpAt(row, column) ?? refuse(column, "an address", row[column]);
}

/** The parameter for a timestamptz column. */
export function timestamp(at: Instant | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

// The value itself stays out of the message: a row may hold a sealed credential.
function refuse(column: string, wanted: string, value: unknown): never {
  throw new InternalError("store-decode", `Column ${column} holds ${typeof value} where ${wanted} belongs`);
}
