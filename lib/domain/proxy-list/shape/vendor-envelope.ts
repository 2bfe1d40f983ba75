// What vendors' list calls wrap their proxies in: {"results": […]}, {"data": {"items": […]}}, {"list": {"15": {…}}},
// {"data": [{"proxies": […]}]}. The names of the wrappings are known; what merely lies beside them is never a proxy.

import { parseScheme } from "../../proxy/proxy-endpoint.ts";
import { isJsonObject } from "../../text/json-object.ts";
import { hasPassword } from "./vendor-fields.ts";

/** One proxy of a vendor's answer. */
export interface Enclosed {
  readonly element: unknown;
  readonly line: number;
  /** The ports that the order around it tells for all of its proxies. */
  readonly ports?: unknown;
  /** A user and password stand beside its list, and not only in it. */
  readonly isLoginBeside?: boolean;
  /** The name of the list that it lay in, where an answer has a list for each kind: `socks5`. */
  readonly group?: string;
}

/** What an answer holds. */
export type Envelope =
  | {
      readonly kind: "list";
      readonly elements: readonly Enclosed[];
      /** The answer says that it is one page of several. */
      readonly isOnePage: boolean;
    }
  | { readonly kind: "refused"; readonly line: number; readonly what: string };

/** How the places of a parsed text are asked for, and what can be a proxy. */
export interface EnvelopeReader {
  readonly linesOf: (array: readonly unknown[]) => readonly number[];
  readonly lineOf: (container: object) => number;
  readonly isRecord: (value: Readonly<Record<string, unknown>>) => boolean;
}

const wrappings: ReadonlySet<string> = new Set([
  "proxies",
  "proxy_list",
  "proxylist",
  "proxy_data",
  "results",
  "result",
  "response",
  "data",
  "message",
  "items",
  "list",
  "records",
  "rows",
  "entries",
  "content",
  "endpoints",
  "servers",
  "ips",
]);

/** Finds the proxies of an answer; undefined when none of it is a list of them. */
export function openEnvelope(value: unknown, reader: EnvelopeReader): Envelope | undefined {
  const elements = elementsOf(value, reader);
  if (elements === undefined) return undefined;
  const beside = isJsonObject(value) ? strayRecord(value, reader) : undefined;
  if (beside !== undefined)
    return {
      kind: "refused",
      line: beside,
      what: "there are proxies outside the answer's list too; put all of them into one list",
    };
  return { kind: "list", elements, isOnePage: isJsonObject(value) && saysMore(value, elements.length) };
}

function elementsOf(value: unknown, reader: EnvelopeReader): readonly Enclosed[] | undefined {
  if (Array.isArray(value)) {
    const lines = reader.linesOf(value);
    return value.flatMap(
      (element: unknown, index) => innerLists(element, reader) ?? [{ element, line: lines[index] ?? 1 }],
    );
  }
  if (!isJsonObject(value)) return undefined;
  if (reader.isRecord(value)) return [{ element: value, line: reader.lineOf(value) }];
  return innerLists(value, reader) ?? keyedRecords(value, reader) ?? listsByScheme(value, reader);
}

// An order with its proxies inside; an object that is a proxy itself is none.
function innerLists(value: unknown, reader: EnvelopeReader): readonly Enclosed[] | undefined {
  if (!isJsonObject(value) || reader.isRecord(value)) return undefined;
  const inner = Object.entries(value)
    .filter(([key, part]) => wrappings.has(key.toLowerCase()) && typeof part === "object" && part !== null)
    .map(([, part]) => (Array.isArray(part) ? elementsOf(part, reader) : grouped(part, reader)));
  const found = inner.filter((part) => part !== undefined);
  if (found.length === 0) return undefined;
  const ports = value["ports"];
  const outside = {
    ...(ports === undefined ? {} : { ports }),
    ...(hasLoginBeside(value) ? { isLoginBeside: true } : {}),
  };
  return found.flat().map((each) => ({ ...outside, ...each }));
}

function hasLoginBeside(value: Readonly<Record<string, unknown>>): boolean {
  const beside = Object.entries(value).filter(([name]) => !wrappings.has(name.toLowerCase()));
  return [Object.fromEntries(beside), ...beside.map(([, part]) => part)].some(hasPassword);
}

// {"items": […]}, {"15": {…}, "16": {…}}, or lists by kind: {"ipv4": [], "isp": […]}.
function grouped(value: unknown, reader: EnvelopeReader): readonly Enclosed[] | undefined {
  const inner = elementsOf(value, reader);
  return inner !== undefined || !isJsonObject(value) ? inner : listsByKind(value, reader);
}

function listsByScheme(
  value: Readonly<Record<string, unknown>>,
  reader: EnvelopeReader,
): readonly Enclosed[] | undefined {
  const areSchemes = Object.keys(value).every((key) => parseScheme(key) !== undefined);
  return areSchemes ? listsByKind(value, reader) : undefined;
}

function listsByKind(
  value: Readonly<Record<string, unknown>>,
  reader: EnvelopeReader,
): readonly Enclosed[] | undefined {
  const groups = Object.entries(value);
  if (groups.length === 0 || !groups.every(([, list]) => Array.isArray(list))) return undefined;
  return groups.flatMap(([group, list]) =>
    (elementsOf(list, reader) ?? []).map((each) => ({ group, ...each })),
  );
}

function keyedRecords(
  value: Readonly<Record<string, unknown>>,
  reader: EnvelopeReader,
): readonly Enclosed[] | undefined {
  const members = Object.values(value);
  if (members.length === 0 || !members.every((member) => isJsonObject(member) && reader.isRecord(member)))
    return undefined;
  return members.map((element) => ({ element, line: reader.lineOf(element as object) }));
}

function strayRecord(value: Readonly<Record<string, unknown>>, reader: EnvelopeReader): number | undefined {
  if ([keyedRecords, listsByScheme].some((read) => read(value, reader) !== undefined)) return undefined;
  if (reader.isRecord(value)) return undefined;
  const others = Object.entries(value).filter(([key]) => !wrappings.has(key.toLowerCase()));
  for (const [, part] of others) {
    const list = Array.isArray(part) ? part : [part];
    const stray = list.find((element: unknown) => isJsonObject(element) && reader.isRecord(element));
    if (stray !== undefined) return reader.lineOf(stray as object);
  }
  return undefined;
}

function saysMore(value: Readonly<Record<string, unknown>>, held: number): boolean {
  const pages = [value, value["meta"], value["pagination"], value["data"]].filter(isJsonObject);
  return pages.some((page) => {
    const totals = [page["count"], page["total"], page["total_count"]].filter(Number.isSafeInteger);
    return (
      (typeof page["next"] === "string" && page["next"] !== "") ||
      page["has_more"] === true ||
      totals.some((total) => (total as number) > held)
    );
  });
}
