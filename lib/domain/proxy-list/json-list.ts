import { canHeadList } from "./column-names.ts";
import { type LineOptions, readProxyLine } from "./proxy-line.ts";
import { problemAt, type RawList, type RawReading, rawList } from "./raw-entry.ts";
import { readRecord } from "./record.ts";

/** Parses JSON; undefined when it is none (the parser's own message would quote the text). */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Reads a JSON list: an array of texts or objects, `{"proxies": […]}`, or one object. */
export function readJsonList(text: string, value: unknown, options: LineOptions): RawList {
  const elements = elementsOf(value);
  if (elements === undefined)
    return rawList([problemAt(1, 'the JSON is neither a list of proxies nor {"proxies": […]}')]);
  const lines = elementLines(text);
  return rawList(elements.map((element, index) => readElement(element, lines[index] ?? 1, options)));
}

function elementsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  if (Array.isArray(value["proxies"])) return value["proxies"];
  return canHeadList(Object.keys(value)) ? [value] : undefined;
}

function readElement(element: unknown, line: number, options: LineOptions): RawReading {
  if (isObject(element)) {
    const given = Object.entries(element).filter(([, value]) => value !== null && value !== "");
    return readRecord({ line, values: new Map(given) }, options);
  }
  if (typeof element !== "string") return problemAt(line, "it is neither a text nor an object");
  const reading = readProxyLine(element.trim(), options);
  if (reading.kind === "refused") return problemAt(line, reading.what);
  const { endpoint, login } = reading;
  const entry = { line, endpoint, login, label: undefined, priority: undefined, facts: {} };
  return { kind: "entry", entry };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// JSON.parse tells no positions. The text is known to be valid here, so counting brackets finds where each element starts.
function elementLines(text: string): readonly number[] {
  const lines: number[] = [];
  const at = { line: 1, depth: 0, listDepth: -1, isAwaited: false, lastText: "" };
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},\n]|[^\s[\]{},:"]+/g)) {
    if (token === "\n") {
      at.line += 1;
      continue;
    }
    if (at.isAwaited && at.depth === at.listDepth && token !== "]") {
      lines.push(at.line);
      at.isAwaited = false;
    }
    if (token === "," && at.depth === at.listDepth) at.isAwaited = true;
    if (token === "[" || token === "{") at.depth += 1;
    if (
      token === "[" &&
      at.listDepth < 0 &&
      (at.depth === 1 || (at.depth === 2 && at.lastText === '"proxies"'))
    ) {
      at.listDepth = at.depth;
      at.isAwaited = true;
    }
    if (token === "]" || token === "}") at.depth -= 1;
    if (token.startsWith('"')) at.lastText = token;
  }
  return lines;
}
