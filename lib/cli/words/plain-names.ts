import { readUnitWord, type UnitWord } from "../../domain/text/unit-word.ts";
import { UsageError } from "../../errors.ts";
import { kindOfFlag, kindOfOperand, type WordKind } from "./word-kinds.ts";

const wanted: Partial<Record<WordKind, UnitWord["kind"]>> = { accounts: "bot", collectors: "collector" };

/**
 * Where a command takes accounts only, or collectors only, nobody needs to say which of the two is meant, and may: `launch why
 * bot:alice`. Gives back the values with plain names there. Throws UsageError for one that is said to be of the other kind.
 */
export function plainNames(
  path: string,
  from: "operands" | "flags",
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const kindOf = (name: string) =>
    from === "operands" ? kindOfOperand(path, name) : kindOfFlag(path, name, "");
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const kind = wanted[kindOf(name) ?? "units"];
      if (kind === undefined) return [name, value];
      // Some flags take several names with commas between them.
      const plain = (text: unknown) =>
        typeof text === "string"
          ? text
              .split(",")
              .map((word) => plainName(path, word, kind))
              .join(",")
          : text;
      return [name, Array.isArray(value) ? value.map(plain) : plain(value)];
    }),
  );
}

function plainName(path: string, word: string, wantedKind: "bot" | "collector"): string {
  const { kind, name } = readUnitWord(word);
  if (kind === undefined || kind === wantedKind) return name;
  throw new UsageError(
    "LAUNCH_USAGE",
    `"${word}" names a ${kind}, and \`launch ${path}\` takes ${takes[wantedKind]}.`,
    {
      hint: path === "bot" ? "Run a collector with `launch collector NAME`." : hints[wantedKind],
    },
  );
}

const takes = { bot: "accounts", collector: "collectors" } as const;
const hints = {
  bot: "`launch account ls` lists the accounts. A collector connects directly: it has no account and no exit.",
  collector: "Run a bot with `launch bot NAME`.",
} as const;
