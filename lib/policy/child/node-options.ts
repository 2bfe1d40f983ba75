import { ConfigError } from "../../errors.ts";

const ownPreload = /(^|\/)preload\/preload\/(observe|tunnel)\.js$/;

/** NODE_OPTIONS with our preloads in front, so that no preload of the operator's runs before them, and without any that an outer launcher left; undefined when nothing remains. Throws ConfigError for a path that cannot be quoted. */
export function nodeOptions(inherited: string | undefined, preloads: readonly string[]): string | undefined {
  const kept = withoutOwnPreloads(splitNodeOptions(inherited ?? ""));
  const all = [...preloads.map((path) => `--require ${quote(path)}`), ...kept.map((word) => word.raw)];
  return all.length === 0 ? undefined : all.join(" ");
}

interface Word {
  readonly raw: string;
  readonly value: string;
}

/** Splits as Node does: blanks part, double quotes group, and a backslash escapes within quotes only (src/node_options.cc). */
export function splitNodeOptions(text: string): readonly Word[] {
  const raws = text.match(/(?:"(?:\\[\s\S]|[^"\\])*"?|[^ "])+/g) ?? [];
  return raws.map((raw) => ({ raw, value: unquote(raw) }));
}

function unquote(raw: string): string {
  return raw.replace(/"((?:\\[\s\S]|[^"\\])*)"?/g, (_, inside: string) =>
    inside.replace(/\\([\s\S])/g, "$1"),
  );
}

function withoutOwnPreloads(words: readonly Word[]): readonly Word[] {
  return words.filter((word, index) => {
    if (isRequireFlag(word.value)) return !ownPreload.test(words[index + 1]?.value ?? "");
    if (ownPreload.test(word.value)) {
      return !isRequireFlag(words[index - 1]?.value ?? "") && !word.value.startsWith("--require=");
    }
    return true;
  });
}

function isRequireFlag(value: string): boolean {
  return value === "--require" || value === "-r";
}

/** Whether a path can stand in NODE_OPTIONS. */
export function canBeQuoted(path: string): boolean {
  // Node itself could read an escaped quote; the programs that split NODE_OPTIONS by themselves could not.
  return !/["\\\p{Cc}]/u.test(path);
}

function quote(path: string): string {
  if (!canBeQuoted(path)) {
    throw new ConfigError(
      "LAUNCH_CONFIG_INVALID",
      `The preload ${JSON.stringify(path)} cannot be named in NODE_OPTIONS: its path contains a quote, a backslash or a control character.`,
      { hint: "Install Slipway in a folder without such characters in its path." },
    );
  }
  return `"${path}"`;
}
