import { basename } from "node:path";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
} from "yaml";
import { invalidFile } from "../file/invalid-file.ts";
import type { YamlFile } from "../file/yaml/yaml-file.ts";

/** Parses a YAML text; throws ConfigError with every syntax error and its position. */
export function parseYaml(path: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: areSameKeys });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${basename(path)}:${line}:${col}`;
  };
  const found = [
    ...document.errors.map((error) => `${at(error.pos[0])} ${wordingOf(error, text)}`),
    ...(document.errors.length > 0 ? [] : readAsWritten(document, at)),
  ];
  if (found.length > 0) throw invalidFile(path, found);
  const nodeAt = (keys: readonly PropertyKey[]) => {
    const node = keys.length === 0 ? document.contents : document.getIn(keys, true);
    return isNode(node) ? node : undefined;
  };
  const locate = (keys: readonly PropertyKey[]): string => {
    const node = nodeAt(keys);
    if (node?.range) return at(node.range[0]);
    return keys.length === 0 ? `${basename(path)}:1:1` : locate(keys.slice(0, -1));
  };
  return {
    path,
    value: valueOf(path, document) ?? {},
    locate,
    locateKey(keys, key) {
      const map = nodeAt(keys);
      const pair = isMap(map)
        ? map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
        : undefined;
      const range = isScalar(pair?.key) ? pair.key.range : undefined;
      return range ? at(range[0]) : locate(keys);
    },
    textOf(keys) {
      const found = nodeAt(keys);
      const node = isAlias(found) ? found.resolve(document) : found;
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
  };
}

/** Makes keys texts as written, so that an account 007 is not 7; gives what is wrong with nodes by themselves. Values are not told. */
function readAsWritten(document: Document, at: (offset: number) => string): readonly string[] {
  const found: string[] = [];
  const tell = (node: { readonly range?: readonly number[] | null | undefined }, what: string): void => {
    found.push(`${at(node.range?.[0] ?? 0)} ${what}`);
  };
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key)) return;
      const name = keyText(key);
      if (name === "__proto__") tell(key, "__proto__ cannot be a key.");
      if (name === "<<")
        tell(key, "merge keys (<<) are not read; write the settings out, or use *NAME for a whole value.");
      key.value = name;
    },
    Scalar(_, node) {
      if (node.type === "PLAIN" && /^[“”„‘’‚]/.test(node.source ?? ""))
        tell(node, "begins with a quote of a word processor; write plain quotes, or none.");
      if (typeof node.value === "string" && node.value.includes("\0"))
        tell(node, "holds U+0000 (control character: null), which no program can be given.");
    },
    Alias(_, node) {
      if (node.resolve(document) === undefined)
        tell(
          node,
          "an alias (a value that begins with *) has no anchor before it; if it is text, put it in quotes.",
        );
    },
  });
  return found;
}

function keyText(key: Scalar): string {
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

// Aliases that multiply one another are found only here.
function valueOf(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalidFile(path, [`${basename(path)} ${(error as Error).message}.`]);
  }
}

// 1 and "1" are two keys for YAML, and one for us.
function areSameKeys(a: ParsedNode, b: ParsedNode): boolean {
  return a === b || (isScalar(a) && isScalar(b) && keyText(a) === keyText(b));
}

function wordingOf(error: YAMLError, text: string): string {
  if (error.code === "MULTIPLE_DOCS") return "a second document begins here, and only one is read.";
  if (error.code !== "DUPLICATE_KEY") return yamlWords(error);
  const key = /^["']?([\w.-]+)/.exec(text.slice(error.pos[0]))?.[1];
  return `the key${key === undefined ? "" : ` "${key}"`} is twice in one map; remove one of them.`;
}

// The library's own words are those of its grammar.
function yamlWords({ code, message }: YAMLError): string {
  if (code === "BLOCK_AS_IMPLICIT_KEY")
    return 'a value holds ": ", which begins a new setting; put the value in quotes.';
  if (code === "TAB_AS_INDENT") return "the line begins with a tab; write spaces.";
  if (code === "MULTILINE_IMPLICIT_KEY")
    return 'a line is neither "name: value" nor "- value"; look for a missing colon, or a space behind it.';
  if (code === "BAD_DQ_ESCAPE")
    return "a backslash in double quotes begins no escape that YAML knows; write two, or use single quotes.";
  if (code === "BAD_SCALAR_START")
    return "a value begins with a character that YAML keeps for itself; put it in quotes.";
  const end = /end with an? ([\]}])/.exec(message)?.[1];
  if (end !== undefined) return `a ${end === "]" ? "[" : "{"} before it is not closed with ${end}.`;
  const quote = /^Missing closing (["'])quote/.exec(message)?.[1];
  if (quote !== undefined) return `a value that begins with ${quote} does not end with it.`;
  return /[.?]$/.test(message) ? message : `${message}.`;
}
