import { parseName } from "../ids.ts";
import {
  type ProxyEndpoint,
  type ProxyScheme,
  parseHost,
  parsePort,
  parseScheme,
} from "../proxy/proxy-endpoint.ts";
import { type ColumnMeaning, meaningOf } from "./column-names.ts";
import { type LineOptions, readProxyLine } from "./proxy-line.ts";
import { loginProblem, type ProxyLogin } from "./proxy-login.ts";
import { type ProxyReading, readAuthority, refused } from "./proxy-url.ts";
import { problemAt, type RawReading } from "./raw-entry.ts";

/** A row of CSV or an object of JSON: values by column; empty ones are left out before. */
export interface ListRecord {
  readonly line: number;
  readonly values: ReadonlyMap<string, unknown>;
}

type Field = Exclude<ColumnMeaning, object>;
type Fields = ReadonlyMap<Field, string>;

/** Reads one record: either a whole entry in one column, or host and port with what belongs to them. */
export function readRecord(record: ListRecord, options: LineOptions): RawReading {
  const { line } = record;
  const fields = fieldsOf(record);
  if (typeof fields === "string") return problemAt(line, fields);
  const reading = fields.has("url") ? readWhole(fields, options) : readParts(fields, options.scheme);
  if (reading.kind === "refused") return problemAt(line, reading.what);
  const label = fields.get("label");
  if (label !== undefined && !isLabel(label))
    return problemAt(line, "its label is not 1 to 63 letters, digits, dots, dashes or underscores");
  const priority = readPriority(fields.get("priority"));
  if (priority === "wrong") return problemAt(line, "its priority is not a whole number from 0 to 1000000");
  const { endpoint, login } = reading;
  return { kind: "entry", entry: { line, endpoint, login, label, priority, facts: factsOf(record) } };
}

// The values that make the entry, each as text; a text instead of the map says what is wrong.
function fieldsOf(record: ListRecord): Fields | string {
  const fields = new Map<Field, string>();
  for (const [column, value] of record.values) {
    const meaning = meaningOf(column);
    if (typeof meaning === "object" || isOtherType(meaning, value)) continue;
    const text = textOf(value, meaning);
    if (text === undefined) return `its "${column}" is not a text`;
    const other = fields.get(meaning);
    if (other !== undefined && other !== text)
      return `two of its columns give the ${meaning}, and they differ`;
    fields.set(meaning, text);
  }
  return fields;
}

// JSON turns 0123 and 1e9 into other numbers than were written: a user or password must be a text there.
function textOf(value: unknown, meaning: Field): string | undefined {
  if (typeof value === "number" && meaning !== "user" && meaning !== "pass") return String(value);
  if (typeof value !== "string") return undefined;
  return meaning === "user" || meaning === "pass" ? value : value.trim();
}

// "type" is a protocol with some vendors and a product ("residential") with others.
function isOtherType(meaning: Field, value: unknown): boolean {
  return (
    meaning === "scheme" && typeof value === "string" && !/^(?:https?|socks[45][ah]?)\b/i.test(value.trim())
  );
}

function readWhole(fields: Fields, options: LineOptions): ProxyReading {
  const others: readonly Field[] = ["host", "port", "scheme"];
  if (others.some((field) => fields.has(field)))
    return refused("it gives the endpoint twice: as one text, and as host, port or scheme");
  const reading = readProxyLine(fields.get("url") ?? "", options);
  if (reading.kind === "refused") return reading;
  const login = loginOf(fields);
  if (login === undefined) return reading;
  if (reading.login !== undefined)
    return refused("it gives the user twice: in the endpoint, and in a column");
  return checked(reading.endpoint, login);
}

function readParts(fields: Fields, defaultScheme: ProxyScheme): ProxyReading {
  const scheme = fields.has("scheme") ? parseScheme(fields.get("scheme") ?? "") : defaultScheme;
  if (scheme === undefined) return refused("its scheme is none of http, https, socks5, socks5h");
  const endpoint = endpointOf(fields, scheme);
  if (endpoint === undefined) return refused("it names no valid host and port");
  return checked(endpoint, loginOf(fields));
}

function endpointOf(fields: Fields, scheme: ProxyScheme): ProxyEndpoint | undefined {
  const address = fields.get("host") ?? "";
  if (!fields.has("port")) return readAuthority(address, scheme);
  const host = parseHost(address);
  const port = parsePort(fields.get("port") ?? "");
  return host === undefined || port === undefined ? undefined : { scheme, host, port };
}

function loginOf(fields: Fields): ProxyLogin | undefined {
  const [user, secretText] = [fields.get("user"), fields.get("pass")];
  if (user === undefined && secretText === undefined) return undefined;
  return { user: user ?? "", secretText: secretText ?? "" };
}

function checked(endpoint: ProxyEndpoint, login: ProxyLogin | undefined): ProxyReading {
  const problem = login === undefined ? undefined : loginProblem(endpoint.scheme, login);
  return problem === undefined ? { kind: "read", endpoint, login } : refused(problem);
}

function isLabel(text: string): boolean {
  try {
    return parseName(text, "a label") === text;
  } catch {
    return false;
  }
}

function readPriority(text: string | undefined): number | undefined | "wrong" {
  if (text === undefined) return undefined;
  const priority = /^[0-9]{1,7}$/.test(text) ? Number(text) : Number.NaN;
  return priority <= 1_000_000 ? priority : "wrong";
}

function factsOf(record: ListRecord): Readonly<Record<string, unknown>> {
  const facts = [...record.values].flatMap(([column, value]) => {
    const meaning = meaningOf(column);
    if (typeof meaning === "object") return [[meaning.fact, value] as const];
    return isOtherType(meaning, value) ? [[column.trim(), value] as const] : [];
  });
  return Object.fromEntries(facts);
}
