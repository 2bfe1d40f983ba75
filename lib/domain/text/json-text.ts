// JSON.parse tells no lines and keeps the last of two equal keys in silence. This reads the same texts and tells both.

/** A JSON text with the places of its parts. */
export interface JsonText {
  readonly value: unknown;
  /** The line of each element of an array of this text. */
  linesOf(array: readonly unknown[]): readonly number[];
  /** The line on which an object of this text begins. */
  lineOf(container: object): number;
  /** The first key that an object has twice; what lies deeper is not looked at. */
  doubledKeyOf(container: object): DoubledKey | undefined;
  /** The same at any depth of a value. */
  doubledKeyWithin(value: unknown): DoubledKey | undefined;
}

export interface DoubledKey {
  readonly key: string;
  readonly line: number;
}

/** Where a text stops being JSON; nothing of it is quoted. */
export interface NoJson {
  readonly line: number;
  /** Ends the sentence "the text …". */
  readonly what: string;
}

interface Place {
  readonly line: number;
  readonly lines: readonly number[];
  readonly doubled: DoubledKey | undefined;
}

interface Reader {
  readonly text: string;
  readonly places: WeakMap<object, Place>;
  at: number;
  line: number;
}

class Fault extends Error {}

// Deeper than any list; whoever walks through the value may then do so by recursion.
const maxDepth = 64;

/** Parses JSON; what it accepts, JSON.parse accepts with the same value. */
export function parseJsonText(text: string): JsonText | NoJson {
  const places = new WeakMap<object, Place>();
  const reader: Reader = { text, places, at: 0, line: 1 };
  try {
    const value = readValue(reader, 0);
    if (next(reader) !== "") throw new Fault();
    return {
      value,
      linesOf: (array) => places.get(array)?.lines ?? [],
      lineOf: (container) => places.get(container)?.line ?? 1,
      doubledKeyOf: (container) => places.get(container)?.doubled,
      doubledKeyWithin: (part) => doubledWithin(part, places),
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { line: reader.line, what: error.message || "is not valid JSON" };
  }
}

function doubledWithin(value: unknown, places: WeakMap<object, Place>): DoubledKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const own = places.get(value)?.doubled;
  if (own !== undefined) return own;
  for (const part of Object.values(value)) {
    const deeper = doubledWithin(part, places);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function readValue(reader: Reader, depth: number): unknown {
  if (depth > maxDepth) throw new Fault(`is JSON nested deeper than ${maxDepth} levels`);
  const mark = next(reader);
  if (mark === "{") return readObject(reader, depth);
  if (mark === "[") return readArray(reader, depth);
  return mark === '"' ? readText(reader) : readWord(reader);
}

function readObject(reader: Reader, depth: number): object {
  const { line } = reader;
  const members: (readonly [string, unknown])[] = [];
  const seen = new Set<string>();
  let doubled: DoubledKey | undefined;
  readMembers(reader, "}", () => {
    if (next(reader) !== '"') throw new Fault(faultAt(reader));
    const key = readText(reader);
    if (seen.has(key)) doubled ??= { key, line: reader.line };
    seen.add(key);
    take(reader, ":");
    members.push([key, readValue(reader, depth + 1)]);
  });
  const value = Object.fromEntries(members);
  reader.places.set(value, { line, lines: [], doubled });
  return value;
}

function readArray(reader: Reader, depth: number): readonly unknown[] {
  const { line } = reader;
  const values: unknown[] = [];
  const lines: number[] = [];
  readMembers(reader, "]", () => {
    next(reader);
    lines.push(reader.line);
    values.push(readValue(reader, depth + 1));
  });
  reader.places.set(values, { line, lines, doubled: undefined });
  return values;
}

function readMembers(reader: Reader, close: string, readMember: () => void): void {
  reader.at += 1;
  if (next(reader) !== close) {
    readMember();
    while (next(reader) === ",") {
      reader.at += 1;
      if (next(reader) === close) throw new Fault(`is not valid JSON: a comma stands before ${close}`);
      readMember();
    }
  }
  take(reader, close);
}

function take(reader: Reader, mark: string): void {
  if (next(reader) !== mark) throw new Fault(faultAt(reader));
  reader.at += 1;
}

/** What stands where a text stops being JSON, for what people and programs often write there. */
function faultAt({ text, at }: Reader): string {
  const mark = text[at] ?? "";
  const known = mark === "" ? "it ends too early" : faults.find(([marks]) => marks.includes(mark))?.[1];
  return known === undefined ? "" : `is not valid JSON: ${known}`;
}

const faults: readonly (readonly [string, string])[] = [
  ["'", "it has single quotes where JSON has double ones"],
  ["“”„«»‘’", "it has quotes of a word processor where JSON has plain ones"],
  ["/#", "it has comments"],
];

function readText(reader: Reader): string {
  const { text, at } = reader;
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  reader.at = end + 1;
  return scalar(text.slice(at, end + 1)) as string;
}

function readWord(reader: Reader): unknown {
  const word = /[-+.\w]*/y;
  word.lastIndex = reader.at;
  const [found = ""] = word.exec(reader.text) ?? [];
  if (found === "") throw new Fault(faultAt(reader));
  const value = scalar(found);
  reader.at += found.length;
  return value;
}

function scalar(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault();
  }
}

/** The next character that is no space, without taking it; empty at the end. */
function next(reader: Reader): string {
  for (; ; reader.at += 1) {
    const character = reader.text[reader.at] ?? "";
    if (character === "\n") reader.line += 1;
    else if (character !== " " && character !== "\t" && character !== "\r") return character;
  }
}
