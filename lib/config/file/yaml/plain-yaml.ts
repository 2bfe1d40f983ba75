/**
 * Reads the YAML that people write: maps and lists by indentation or in brackets, words, quoted texts, numbers, comments. Of
 * whatever else there is (anchors, tags, escapes, texts of several lines), and of every mistake, it says nothing: what this takes, it takes
 * exactly as the library does, and the rest is for the library.
 */
import { plainValue } from "./plain-value.ts";

/** A value and where it begins. */
export interface PlainNode {
  readonly at: number;
  readonly value: unknown;
  /** As written, for what is no text. */
  readonly source?: string;
  /** Of a map or list: what is in it, and where the keys of a map stand. */
  readonly inner?: ReadonlyMap<PropertyKey, PlainNode>;
  readonly keys?: ReadonlyMap<string, number>;
}

/** The map that a text is; undefined for one that is for the library. */
export function parsePlain(text: string): PlainNode | undefined {
  // Tabs, carriage returns, byte order marks and the other line breaks of Unicode have rules of their own.
  if (/[^\n\x20-\x7e\xa1-\u1fff\u2030-\ud7ff]|^(?:---|\.\.\.)/m.test(text)) return undefined;
  try {
    return new Parser(text).document();
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

const notPlain = new Error("This YAML is for the library.");
/** Longer keys need a question mark before them. */
const longestKey = 200;

const blockKey = /(?:[A-Za-z0-9_][\w.*?-]*|"[^"\\\n]*"|'[^'\n]*')(?=:(?:[ \n]|$))/y;
/** In brackets a value may follow a quoted key at once, as JSON has it. */
const flowKey = /(?:[A-Za-z0-9_][\w.*?-]*(?=:(?:[ \n]|$))|(?:"[^"\\\n]*"|'[^'\n]*')(?=:))/y;
const startOfWord = String.raw`(?:[A-Za-z0-9_./~+$(=<^;\\]|-(?=[\w.-]))`;
const blockWord = new RegExp(`${startOfWord}[^\\n]*`, "y");
const flowWord = new RegExp(String.raw`${startOfWord}(?:[^,[\]{}:#\n]|:(?=[^\s,[\]{}])|(?<=[^ ])#)*`, "y");
const doubleQuoted = /"([^"\\\n]*)"/y;
const singleQuoted = /'((?:[^'\n]|'')*)'/y;

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): PlainNode {
    this.#toContent();
    if (this.#column() !== 0) throw notPlain;
    const map = this.#map(0);
    if (this.#at < this.#text.length) throw notPlain;
    return map;
  }

  /** A map whose keys stand in this column; the first of them comes now. */
  #map(column: number): PlainNode {
    const map = mapAt(this.#at);
    do {
      const at = this.#at;
      map.add(this.#key(blockKey), at, this.#valueAfter(column));
      this.#toContent();
    } while (this.#goesOn(column));
    return map.node;
  }

  /** A list whose dashes stand in this column. */
  #list(column: number): PlainNode {
    const list = listAt(this.#at);
    while (this.#isDash()) {
      this.#at += 1;
      this.#skipSpaces();
      if (this.#isDash()) throw notPlain;
      const inner = this.#column();
      list.add(this.#isKey() ? this.#map(inner) : this.#inLine(column));
      this.#toContent();
      if (!this.#goesOn(column)) break;
    }
    return list.node;
  }

  // Whether the next content is one more entry of what stands in this column; deeper it would belong to the value before.
  #goesOn(column: number): boolean {
    if (this.#at >= this.#text.length) return false;
    const found = this.#column();
    if (found > column) throw notPlain;
    return found === column;
  }

  #key(pattern: RegExp): string {
    const found = this.#take(pattern);
    this.#at += 1;
    const key = /^["']/.test(found) ? found.slice(1, -1) : found;
    if (found === key && plainValue(key) !== key) throw notPlain;
    return key;
  }

  #valueAfter(column: number): PlainNode {
    this.#skipSpaces();
    if (!this.#isAtEndOfLine()) return this.#inLine(column);
    this.#toContent();
    const found = this.#column();
    if (this.#isDash() && found >= column) return this.#list(found);
    if (found <= column) throw notPlain;
    return this.#isKey() ? this.#map(found) : this.#inLine(column);
  }

  /** A value that ends with its line, but for brackets. */
  #inLine(column: number): PlainNode {
    const sign = this.#text[this.#at];
    const node =
      sign === "[" || sign === "{" || sign === '"' || sign === "'" ? this.#flow(column) : this.#words();
    this.#skipSpaces();
    if (!this.#isAtEndOfLine()) throw notPlain;
    return node;
  }

  #words(): PlainNode {
    const at = this.#at;
    const line = this.#take(blockWord);
    const end = line.search(/ +(?:#|$)/);
    const word = end === -1 ? line : line.slice(0, end);
    if (/:(?: |$)/.test(word)) throw notPlain;
    this.#at = at + word.length;
    return scalar(at, word);
  }

  #flow(column: number): PlainNode {
    const at = this.#at;
    switch (this.#text[at]) {
      case "[":
        return this.#flowList(column);
      case "{":
        return this.#flowMap(column);
      case '"':
        return { at, value: this.#take(doubleQuoted).slice(1, -1) };
      case "'":
        return { at, value: this.#take(singleQuoted).slice(1, -1).replaceAll("''", "'") };
      default:
        return scalar(at, this.#take(flowWord).trimEnd(), (length) => {
          this.#at = at + length;
        });
    }
  }

  #flowList(column: number): PlainNode {
    const list = listAt(this.#at);
    this.#entries("]", column, () => list.add(this.#flow(column)));
    return list.node;
  }

  #flowMap(column: number): PlainNode {
    const map = mapAt(this.#at);
    this.#entries("}", column, () => {
      const at = this.#at;
      const key = this.#key(flowKey);
      this.#toContentWithin(column);
      map.add(key, at, this.#flow(column));
    });
    return map.node;
  }

  #entries(end: string, column: number, one: () => void): void {
    this.#at += 1;
    for (;;) {
      this.#toContentWithin(column);
      if (this.#text[this.#at] === end) break;
      one();
      this.#toContentWithin(column);
      const sign = this.#text[this.#at];
      if (sign === end) break;
      if (sign !== ",") throw notPlain;
      this.#at += 1;
    }
    this.#at += 1;
  }

  // Brackets that go on in another line stay deeper than what holds them.
  #toContentWithin(column: number): void {
    const before = this.#at;
    this.#toContent();
    if (this.#at >= this.#text.length) throw notPlain;
    const isSameLine = !this.#text.slice(before, this.#at).includes("\n");
    if (!isSameLine && this.#column() <= column) throw notPlain;
  }

  /** Past spaces, line breaks and comments. */
  #toContent(): void {
    const apart = /(?:[ \n]|(?<=^|[ \n])#[^\n]*)*/y;
    apart.lastIndex = this.#at;
    this.#at += apart.exec(this.#text)?.[0].length ?? 0;
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === " ") this.#at += 1;
  }

  #isAtEndOfLine(): boolean {
    const sign = this.#text[this.#at];
    return sign === undefined || sign === "\n" || (sign === "#" && this.#text[this.#at - 1] === " ");
  }

  #isDash(): boolean {
    return this.#text[this.#at] === "-" && /[ \n]|^$/.test(this.#text[this.#at + 1] ?? "");
  }

  #isKey(): boolean {
    blockKey.lastIndex = this.#at;
    return blockKey.test(this.#text);
  }

  #column(): number {
    return this.#at - (this.#text.lastIndexOf("\n", this.#at - 1) + 1);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw notPlain;
    this.#at += found.length;
    return found;
  }
}

function scalar(at: number, source: string, taken?: (length: number) => void): PlainNode {
  taken?.(source.length);
  const value = plainValue(source);
  if (value === undefined) throw notPlain;
  return { at, value, source };
}

function mapAt(at: number): {
  readonly node: PlainNode;
  add(key: string, keyAt: number, node: PlainNode): void;
} {
  const value: Record<string, unknown> = {};
  const inner = new Map<string, PlainNode>();
  const keys = new Map<string, number>();
  return {
    node: { at, value, inner, keys },
    add(key, keyAt, node) {
      if (keys.has(key) || key === "__proto__" || key === "<<" || key.length > longestKey) throw notPlain;
      value[key] = node.value;
      inner.set(key, node);
      keys.set(key, keyAt);
    },
  };
}

function listAt(at: number): { readonly node: PlainNode; add(node: PlainNode): void } {
  const value: unknown[] = [];
  const inner = new Map<number, PlainNode>();
  return {
    node: { at, value, inner },
    add(node) {
      inner.set(value.length, node);
      value.push(node.value);
    },
  };
}
