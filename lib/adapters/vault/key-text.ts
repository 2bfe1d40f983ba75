// A key file: one key a line, newest first; blank lines and what follows a `#` are for people.

import { trimPlain, unseenProblem } from "../../domain/text/unseen.ts";
import { ConfigError } from "../../errors.ts";
import { type MasterKey, parseMasterKey } from "./master-key.ts";

/** Reads keys, newest first, each once; throws ConfigError naming the line, never what stands in it. */
export function readKeys(text: string, origin: string): readonly MasterKey[] {
  const keys = new Map<string, MasterKey>();
  for (const { line, word } of keyWords(text)) {
    const key = parseMasterKey(word);
    if (key === undefined) throw notAKeyError(`${origin}, line ${line}`, unseenProblem(word));
    if (!keys.has(key.id)) keys.set(key.id, key);
  }
  return [...keys.values()];
}

/** The text with a new key above all others; comments stay where they are. */
export function withNewKey(text: string, key: MasterKey): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => wordOf(line) !== "");
  if (first >= 0) return lines.toSpliced(first, 0, key.text.reveal()).join("\n");
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${text}${gap}${key.text.reveal()}\n`;
}

/** The text without any line that holds the key. */
export function withoutKey(text: string, key: MasterKey): string {
  const kept = text.split("\n").filter((line) => parseMasterKey(wordOf(line))?.id !== key.id);
  return kept.join("\n");
}

function keyWords(text: string): readonly { readonly line: number; readonly word: string }[] {
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line, index) => ({ line: index + 1, word: wordOf(line) }))
    .filter(({ word }) => word !== "");
}

function wordOf(line: string): string {
  return trimPlain(line.replace(/\r$/, "").replace(/#.*/s, ""));
}

function notAKeyError(place: string, unseen: string | undefined): ConfigError {
  const why = unseen === undefined ? "this is not a master key" : `this ${unseen}, so it is not a master key`;
  return new ConfigError("LAUNCH_CONFIG_INVALID", `${place}: ${why}.`, {
    hint: "A key is 32 bytes as base64url (44 characters ending in =), one key per line; `launch keys new` makes one.",
  });
}
