import { isName } from "../ids.ts";
import {
  mixesAlphabets,
  type ProxyEndpoint,
  type ProxyScheme,
  parsePort,
  parseProxyHost,
  parseScheme,
} from "../proxy/proxy-endpoint.ts";
import { trimPlain, unseenProblem } from "../text/unseen.ts";
import { type LineOptions, readProxyLine } from "./proxy-line.ts";
import { fieldProblem, loginProblem, type ProxyLogin } from "./proxy-login.ts";
import { type ProxyReading, readAuthority, refused, unknownScheme } from "./proxy-url.ts";
import { problemAt, type RawReading } from "./raw-entry.ts";
import { type ColumnMeaning, isUnknownName, meaningOf } from "./shape/column-names.ts";
import { type Field, plainName, vendorFields } from "./shape/vendor-fields.ts";
import { strayLogin, strayUser } from "./stray-login.ts";
import { addressTrouble } from "./trouble/line-trouble.ts";
import { isEntryOutOfPlace } from "./trouble/second-entry.ts";

/** A row of CSV or an object of JSON: values with their columns, of which two may have one name. */
export interface ListRecord {
  readonly line: number;
  readonly values: readonly Field[];
}

type Part = Exclude<ColumnMeaning, object>;
type Parts = ReadonlyMap<Part, string>;

/** Reads one record: either a whole entry in one column, or host and port with what belongs to them. */
export function readRecord(record: ListRecord, options: LineOptions): RawReading {
  const { line } = record;
  const unseen = record.values
    .map(([name]) => unseenName("key", name))
    .find((problem) => problem !== undefined);
  if (unseen !== undefined) return problemAt(line, unseen);
  const given = vendorFields(record.values, options.scheme).filter(([, value]) => !isEmpty(value));
  const fields = partsOf(given);
  if (typeof fields === "string") return problemAt(line, fields);
  const stray = fields.has("pass") || hasOwnLogin(fields) ? undefined : strayLogin(given);
  if (stray !== undefined) return problemAt(line, stray);
  if (fields.has("pass") && !fields.has("user")) return problemAt(line, strayUser(given));
  const facts = factsOf(given);
  if (typeof facts === "string") return problemAt(line, facts);
  const reading = fields.has("url") ? readWhole(fields, options) : readParts(fields, options.scheme);
  if (reading.kind === "refused") return problemAt(line, reading.what);
  const label = fields.get("label");
  if (label !== undefined && !isName(label))
    return problemAt(line, "its label is not 1 to 63 letters, digits, dots, dashes or underscores");
  const priority = readPriority(fields.get("priority"));
  if (priority === "wrong") return problemAt(line, "its priority is not a whole number from 0 to 1000000");
  const { endpoint, login } = reading;
  return { kind: "entry", entry: { line, endpoint, login, label, priority, facts } };
}

/** Why a name of a column or key cannot be taken: what cannot be seen in it makes another name of it. */
export function unseenName(kind: "column" | "key", name: string): string | undefined {
  const problem = unseenProblem(name);
  if (problem === undefined) return undefined;
  // Shown only where it is one that we know: a broken list may have anything in its place.
  const seen = name.replaceAll(/[^\p{L}\p{N} _.-]/gu, "");
  return `${isUnknownName(seen) ? `the name of a ${kind}` : `the ${kind} "${seen}"`} ${problem}; delete that character`;
}

// The values that make the entry, each as text; a text instead of the map says what is wrong.
function partsOf(given: readonly Field[]): Parts | string {
  const parts = new Map<Part, string>();
  for (const [column, value] of given) {
    const meaning = meaningOf(column);
    if (typeof meaning === "object" || isOtherKind(column, value)) continue;
    const text = textOf(value, meaning);
    if (text === undefined)
      return `its "${column}" is not a ${meaning === "port" ? "number" : "text in quotes"}`;
    const problem = fieldProblemOf(meaning, column, text);
    if (problem !== undefined) return problem;
    const part = partOf(meaning, text, given);
    const other = parts.get(part);
    if (other !== undefined && other !== text)
      return `two of its columns give the ${part}, but they differ; keep one of them`;
    parts.set(part, text);
  }
  return parts;
}

// A browser's setting: {"server": "http://gw.example:80"}; a vendor's list: {"endpoint": "gw.example", "port": 80}.
function partOf(meaning: Part, text: string, given: readonly Field[]): Part {
  if (meaning === "host" && text.includes("://")) return "url";
  const isHostAlone = meaning === "url" && given.some(([name]) => meaningOf(name) === "port");
  return isHostAlone && parseProxyHost(text) !== undefined ? "host" : meaning;
}

// Of a whole entry in one column: "u:p@gw:1", "gw:1:u:p".
function hasOwnLogin(fields: Parts): boolean {
  return /@|:.*:.*:/.test(fields.get("url")?.replace(/^[a-z0-9]+:\/\//i, "") ?? "");
}

// A whole entry is read by the rules of lines, which look for more than one themselves.
function fieldProblemOf(meaning: Part, column: string, text: string): string | undefined {
  if (meaning === "user" || meaning === "pass") return fieldProblem(`its "${column}"`, text);
  const unseen = unseenProblem(text);
  return unseen && `its "${column}" ${unseen}; delete that character`;
}

// JSON turns 0123 and 1e9 into other numbers than were written: a user or password must be a text there.
function textOf(value: unknown, meaning: Part): string | undefined {
  if (typeof value === "number" && meaning !== "user" && meaning !== "pass") return String(value);
  if (typeof value !== "string") return undefined;
  return meaning === "user" || meaning === "pass" ? value : trimPlain(value);
}

// "type" is a protocol with some vendors and a product ("residential") with others, "name" a label or words of the vendor's.
function isOtherKind(column: string, value: unknown): boolean {
  const meaning = meaningOf(column);
  if (meaning === "label")
    return (
      plainName(column) === "name" &&
      typeof value === "string" &&
      !isName(value) &&
      unseenProblem(value) === undefined
    );
  if (meaning !== "scheme") return false;
  const isProtocol = typeof value === "string" && /^(?:https?|socks[45]?[ah]?)\b/i.test(value.trim());
  return !isProtocol && ["string", "number"].includes(typeof value);
}

function readWhole(fields: Parts, options: LineOptions): ProxyReading {
  const told = fields.has("scheme") ? parseScheme(fields.get("scheme") ?? "") : options.scheme;
  if (told === undefined) return refused(unknownScheme);
  const reading = readProxyLine(fields.get("url") ?? "", { ...options, scheme: told });
  if (reading.kind === "refused") return reading;
  const { scheme, host, port } = reading.endpoint;
  const isOther = {
    scheme: fields.has("scheme") && told !== scheme,
    host: fields.has("host") && parseProxyHost(fields.get("host") ?? "") !== host,
    port: fields.has("port") && parsePort(fields.get("port") ?? "") !== port,
  };
  for (const [part, differs] of Object.entries(isOther))
    if (differs)
      return refused(
        `it gives the ${part} twice: in one text with the rest, and in a column, and they differ`,
      );
  const login = loginOf(fields);
  if (login === undefined) return reading;
  if (reading.login !== undefined)
    return refused("it gives the user twice: in the endpoint, and in a column");
  return checked(reading.endpoint, login);
}

function readParts(fields: Parts, defaultScheme: ProxyScheme): ProxyReading {
  const scheme = fields.has("scheme") ? parseScheme(fields.get("scheme") ?? "") : defaultScheme;
  if (scheme === undefined) return refused(unknownScheme);
  const endpoint = endpointOf(fields, scheme);
  if (endpoint === undefined)
    return refused(
      `it has no valid host and port: ${addressTrouble(fields.get("host"), fields.get("port"))}`,
    );
  return checked(endpoint, loginOf(fields));
}

function endpointOf(fields: Parts, scheme: ProxyScheme): ProxyEndpoint | undefined {
  const address = fields.get("host") ?? "";
  if (!fields.has("port")) return readAuthority(address, scheme);
  const host = parseProxyHost(address);
  const port = parsePort(fields.get("port") ?? "");
  return host === undefined || port === undefined ? undefined : { scheme, host, port };
}

function loginOf(fields: Parts): ProxyLogin | undefined {
  const [user, secretText] = [fields.get("user"), fields.get("pass")];
  if (user === undefined && secretText === undefined) return undefined;
  return { user: user ?? "", secretText: secretText ?? "" };
}

function checked(endpoint: ProxyEndpoint, login: ProxyLogin | undefined): ProxyReading {
  const problem = login === undefined ? undefined : loginProblem(endpoint.scheme, login);
  return problem === undefined ? { kind: "read", endpoint, login } : refused(problem);
}

function readPriority(text: string | undefined): number | undefined | "wrong" {
  if (text === undefined) return undefined;
  const priority = /^[0-9]{1,7}$/.test(text) ? Number(text) : Number.NaN;
  return priority <= 1_000_000 ? priority : "wrong";
}

// Facts by name; a text instead says which two columns of one name differ.
function factsOf(given: readonly Field[]): Readonly<Record<string, unknown>> | string {
  const facts = new Map<string, Field>();
  for (const [column, value] of given) {
    const meaning = meaningOf(column);
    const isFact = typeof meaning === "object";
    if (!isFact && !isOtherKind(column, value)) continue;
    const name = isFact ? meaning.fact : column.trim();
    if (isEntryOutOfPlace(value))
      return `its "${name}" contains a whole entry, which would be stored unencrypted; remove it`;
    const problem = factProblem(column, value);
    if (problem !== undefined) return problem;
    const other = facts.get(plainName(name));
    if (other !== undefined && alone(other[1]) !== alone(value))
      return `two of its columns give "${name}", but they differ; keep one of them`;
    if (other === undefined) facts.set(plainName(name), [name, value]);
  }
  return Object.fromEntries(facts.values());
}

// What a fact that Slipway knows says is compared; of others only the name matters, which may look like another one.
function factProblem(column: string, value: unknown): string | undefined {
  if (isUnknownName(column))
    return column.split(/[^\p{L}]+/u).some(mixesAlphabets)
      ? "the name of a column mixes letters of two alphabets that look alike; type it again, or remove the column"
      : undefined;
  const unseen = typeof value === "string" ? unseenProblem(value) : undefined;
  return unseen && `its "${column}" ${unseen}; delete that character`;
}

// A list of one is that one.
function alone(value: unknown): string {
  return JSON.stringify(Array.isArray(value) && value.length === 1 ? value[0] : value);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}
