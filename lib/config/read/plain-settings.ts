import { statSync } from "node:fs";
import { basename } from "node:path";
import { type ConfigFile, choicesOf, withoutFile } from "../file/choices.ts";
import { fileShape } from "../file/schema.ts";
import { type FileSettings, settingsOf } from "../file/settings.ts";
import { refused } from "../file/shape/shape.ts";
import { type PlainNode, parsePlain } from "../file/yaml/plain-yaml.ts";
import type { YamlFile } from "../file/yaml/yaml-file.ts";
import { readText } from "../read-text.ts";

/**
 * What a launch.yaml decides, where it is written plainly and nothing is wrong with it: then this gives what `readSettings` gives, without
 * loading what that needs. Undefined for every other file: `readSettings` reads it, or words what is wrong.
 */
export function plainSettings(path: string | undefined): FileSettings | undefined {
  if (path === undefined) return settingsOf(withoutFile());
  try {
    const file = readPlain(path);
    return file && settingsOf(file);
  } catch {
    return undefined;
  }
}

function readPlain(path: string): ConfigFile | undefined {
  // Another kind may be read only once, or wait for whoever writes into it.
  if (!statSync(path).isFile()) return undefined;
  const text = readText(path);
  const root = parsePlain(text);
  const content = root === undefined ? refused : fileShape.read(root.value);
  if (root === undefined || content === refused || content.venue_files !== undefined) return undefined;
  const yaml = plainFile(path, text, root);
  return { yaml, database: content.database ?? {}, choices: choicesOf(content, yaml, () => []) };
}

/** The file as the library would show it. */
export function plainFile(path: string, text: string, root: PlainNode): YamlFile {
  const nodeAt = (keys: readonly PropertyKey[]): PlainNode | undefined =>
    keys.reduce<PlainNode | undefined>((node, key) => node?.inner?.get(key), root);
  const at = (offset: number): string => {
    const before = text.slice(0, offset);
    const line = before.split("\n").length;
    return `${basename(path)}:${line}:${offset - before.lastIndexOf("\n")}`;
  };
  const locate = (keys: readonly PropertyKey[]): string => {
    const node = nodeAt(keys);
    return node === undefined ? locate(keys.slice(0, -1)) : at(node.at);
  };
  return {
    path,
    value: root.value,
    locate,
    locateKey(keys, key) {
      const keyAt = nodeAt(keys)?.keys?.get(key);
      return keyAt === undefined ? locate(keys) : at(keyAt);
    },
    textOf(keys) {
      const node = nodeAt(keys);
      if (node === undefined || node.inner !== undefined) return undefined;
      return node.source ?? String(node.value);
    },
  };
}
