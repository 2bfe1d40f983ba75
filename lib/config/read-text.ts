import { readFileSync } from "node:fs";
import { hostLimit } from "../domain/host-limit.ts";
import { decodeText } from "../domain/text/decode-text.ts";
import { findUnseen, type UnseenCharacter } from "../domain/text/unseen.ts";
import { ConfigError } from "../errors.ts";

/** Reads a text file that the operator named; a failure is a ConfigError naming it. */
export function readText(path: string): string {
  const decoded = decodeText(readBytes(path));
  if (decoded.kind === "refused") throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path} ${decoded.what}.`);
  const hidden = findHidden(decoded.text);
  if (hidden === undefined) return decoded.text;
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `${path}, line ${hidden.line}, holds ${hidden.name} as character ${hidden.position}.`,
    { hint: "Delete that character, or type the line again." },
  );
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const limit = hostLimit(cause);
    if (limit !== undefined) throw limit;
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path} ${why}.`, { cause });
  }
}

// Comments are for people, and tabs and emoji have their uses in values.
function findHidden(text: string): (UnseenCharacter & { readonly line: number }) | undefined {
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const meant = line
      .replace(/(?:^|\s)#.*/s, "")
      .replaceAll("\t", " ")
      .replaceAll(/\p{Extended_Pictographic}(?:\u200D|\uFE0F)*/gu, (emoji) =>
        "x".repeat(Array.from(emoji).length),
      );
    const found = findUnseen(meant);
    if (found !== undefined) return { line: index + 1, ...found };
  }
  return undefined;
}
