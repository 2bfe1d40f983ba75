import { type OutputSink, passThrough } from "../../compose/desk/output.ts";
import { wantsColour } from "../view/style.ts";

// The sixteen colours that every terminal has, without those that are hard to read or mean trouble.
const colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94] as const;

/** Shows units on this process's streams, each behind its name, in a colour of its own on a terminal. */
export function passOutput(
  words: readonly string[],
  colour: "auto" | "always" | "never",
  env: Readonly<Record<string, string | undefined>>,
): { readonly to: OutputSink; prefixOf(word: string): string } {
  const width = Math.max(...words.map((word) => word.length));
  const isColoured = wantsColour(process.stdout, { flag: colour, env });
  const place = new Map(words.map((word, index) => [word, index]));
  return {
    to: passThrough(process),
    prefixOf(word) {
      const text = `${word.padEnd(width)} | `;
      const code = colours[(place.get(word) ?? words.length) % colours.length];
      return isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
    },
  };
}
