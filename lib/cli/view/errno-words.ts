import { getSystemErrorMap } from "node:util";

/** Says the system's own codes (ENOENT) in words: people must not need a manual to read a message. */
export function inWords(text: string): string {
  if (!/\bE[A-Z]/.test(text)) return text;
  const words = new Map([...getSystemErrorMap().values(), ["EISDIR", "it is a folder"] as [string, string]]);
  return text.replaceAll(
    /\b(E[A-Z0-9_]{2,})\b(?:: ([a-z][^,\n]*?)(?=,|$|\n))?/gm,
    (all, code: string, said?: string) => {
      const meaning = words.get(code);
      if (meaning === undefined) return all;
      // Node writes the words behind the code: "ENOENT: no such file or directory, open …".
      return said === undefined || said === meaning ? meaning : `${meaning}: ${said}`;
    },
  );
}
