import { type ProxyScheme, parseScheme } from "../proxy/proxy-endpoint.ts";
import { isJsonObject } from "../text/json-object.ts";
import { type DoubledKey, type JsonText, type NoJson, parseJsonText } from "../text/json-text.ts";
import { trimPlain } from "../text/unseen.ts";
import { type LineOptions, readProxyLine } from "./proxy-line.ts";
import { problemAt, type RawList, type RawReading, rawList } from "./raw-entry.ts";
import { readRecord } from "./record.ts";
import { canHeadList } from "./shape/column-names.ts";
import { type Enclosed, openEnvelope } from "./shape/vendor-envelope.ts";
import { type Field, vendorFields } from "./shape/vendor-fields.ts";

/** Reads a JSON text: one value, or one object a line, as some tools write lists. */
export function parseJsonList(text: string): JsonText | NoJson {
  const whole = parseJsonText(text);
  if (!("what" in whole)) return whole;
  const lines = text.split("\n");
  const isByLine = lines.every((line) => /^\s*(?:\{.*\}\s*)?$/.test(line));
  if (!isByLine) return whole;
  let isFirst = true;
  const joined = lines.map((line) => {
    const mark = line.trim() === "" || isFirst ? "" : ",";
    if (line.trim() !== "") isFirst = false;
    return `${mark}${line}`;
  });
  const list = parseJsonText(`[${joined.join("\n")}]`);
  return "what" in list ? whole : list;
}

/** Reads a JSON list: an array of texts or objects, one object, or a vendor's answer around them. */
export function readJsonList(json: JsonText, options: LineOptions): RawList {
  const isHeaded = (value: unknown) =>
    isJsonObject(value) &&
    canHeadList(vendorFields(Object.entries(value), options.scheme).map(([name]) => name));
  // Proxies by their ids have what one has between them.
  const isRecord = (value: Readonly<Record<string, unknown>>) =>
    isHeaded(value) && !Object.values(value).every(isHeaded);
  const doubled = outerDoubledKey(json, json.value, isRecord);
  if (doubled !== undefined) return rawList([problemAt(doubled.line, doubledKeyText(doubled.key))]);
  const envelope = openEnvelope(json.value, { ...json, isRecord });
  if (envelope === undefined) {
    const refusal = isJsonObject(json.value)
      ? refusals.find((key) => Object.hasOwn(json.value as object, key))
      : undefined;
    if (refusal !== undefined)
      return rawList([
        problemAt(
          1,
          `the answer holds no list but "${refusal}", so the vendor seems to have refused the call; look into the file`,
        ),
      ]);
    return rawList([
      problemAt(
        1,
        'the JSON is neither a list of proxies nor a vendor\'s answer that holds one, such as {"proxies": […]}; each proxy needs an address (host, ip) and a port',
      ),
    ]);
  }
  if (envelope.kind === "refused") return rawList([problemAt(envelope.line, envelope.what)]);
  const list = rawList(
    envelope.elements.map((each) =>
      readElement(each, json, { ...options, scheme: schemeFor(each, options) }),
    ),
  );
  if (!envelope.isOnePage) return list;
  const what = "the answer says that it is one page of several; import the other pages too";
  return { ...list, warnings: [...list.warnings, { line: 1, what }] };
}

const refusals = ["error", "errors", "detail", "message"];

// {"http": [...], "socks5": [...]}: the list's name is the scheme of all in it that name none.
function schemeFor({ group = "" }: Enclosed, { scheme }: LineOptions): ProxyScheme {
  return parseScheme(group) ?? scheme;
}

function readElement(each: Enclosed, json: JsonText, options: LineOptions): RawReading {
  const reading = readAlone(each, json, options);
  if (each.isLoginBeside !== true || reading.kind !== "entry" || reading.entry.login !== undefined)
    return reading;
  return problemAt(
    each.line,
    "the answer has a user and password beside its list, but none in this proxy; write them into each proxy that they are for, or remove them",
  );
}

function readAlone({ element, line, ports }: Enclosed, json: JsonText, options: LineOptions): RawReading {
  if (isJsonObject(element)) {
    const doubled = json.doubledKeyWithin(element);
    if (doubled !== undefined) return problemAt(line, doubledKeyText(doubled.key));
    const values: readonly Field[] = [
      ...Object.entries(element),
      ...(isJsonObject(ports) ? [["ports", ports] as const] : []),
    ];
    return readRecord({ line, values }, options);
  }
  if (typeof element !== "string") return problemAt(line, "it is neither a text nor an object");
  const reading = readProxyLine(trimPlain(element), options);
  if (reading.kind === "refused") return problemAt(line, reading.what);
  const { endpoint, login } = reading;
  const entry = { line, endpoint, login, label: undefined, priority: undefined, facts: {} };
  return { kind: "entry", entry };
}

// Of an object around the list the last of two equal keys would replace a whole list.
function outerDoubledKey(
  json: JsonText,
  value: unknown,
  isRecord: (value: Readonly<Record<string, unknown>>) => boolean,
): DoubledKey | undefined {
  if (typeof value !== "object" || value === null || (isJsonObject(value) && isRecord(value)))
    return undefined;
  const own = json.doubledKeyOf(value);
  if (own !== undefined) return own;
  for (const part of Object.values(value)) {
    const deeper = outerDoubledKey(json, part, isRecord);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

// A key is shown only where it reads as a name: a broken list may have anything in its place.
function doubledKeyText(key: string): string {
  const name = /^[A-Za-z][A-Za-z0-9_ -]{0,39}$/.test(key) ? `the key "${key}"` : "one of its keys";
  return `${name} is twice in one object, and only one of them can be right; remove one`;
}
