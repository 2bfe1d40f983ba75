import { describe, expect, test } from "vitest";
import type { CommandUsage } from "../../lib/cli/command.ts";
import { commandGroups, commandTable } from "../../lib/cli/command-table.ts";
import { globalFlagTable } from "../../lib/cli/parse/global-flags.ts";
import { type ProjectFile, pages, projectFiles } from "../support/project-files.ts";

const places = [
  ...pages(),
  ...projectFiles(["lib"]),
  ...projectFiles(["templates", ".env.example", "ecosystem.config.cjs"], [".txt", ".cjs", ".example"]),
];

const named = [...commandTable].sort((a, b) => b.path.length - a.path.length);

describe("commands that pages, comments and hints tell to type", () => {
  test("exist, with every flag they are given", async () => {
    const flags = new Map(
      await Promise.all(
        commandTable.map(async ({ path, load }) => [path, flagsOf((await load()).usage)] as const),
      ),
    );
    const problems = places.flatMap((place) => {
      return commandsIn(place).flatMap(({ words, line }) => {
        const where = `${place.path}: launch ${line}`;
        const command = named.find(({ path }) => words === path || words.startsWith(`${path} `));
        if (command === undefined) return isGroup(words) ? [] : [`${where} (no such command)`];
        const own = words.split(" -- ")[0] ?? "";
        const given = [...own.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, flag = ""]) => flag);
        return given
          .filter((flag) => !(flags.get(command.path)?.includes(flag) ?? false))
          .map((flag) => `${where} (no flag --${flag})`);
      });
    });
    expect(problems).toEqual([]);
  });
});

const lib = projectFiles(["lib"]).filter(({ path }) => !path.startsWith("lib/preload/"));

/** Texts of several words in the sources: what people may read. */
const sentences = lib.flatMap(({ path, text }) =>
  [...text.matchAll(/(?<!\/\/.*)(["`])((?:(?!\1)[^\\\n]|\\.)+ (?:(?!\1)[^\\\n]|\\.)+)\1/g)].map(
    ([, , sentence = ""]) => ({
      path,
      sentence,
    }),
  ),
);

describe("sentences in lib", () => {
  test("spell flags as flags", async () => {
    const usages = await Promise.all(commandTable.map(async ({ load }) => (await load()).usage.flags ?? {}));
    const names = new Set([...usages.flatMap(Object.keys), ...Object.keys(globalFlagTable)]);
    const long = [...names].filter((name) => name.includes("-") && !ordinary.has(name));
    const bare = new RegExp(`(?<![-\\w./"\`{])(?:${long.join("|")})(?![-\\w])`);
    expect(long.length).toBeGreaterThan(20);
    expect(sentences.length).toBeGreaterThan(1_000);
    expect(sentences.filter(({ sentence }) => bare.test(sentence))).toEqual([]);
  });

  test("hold no code of the system that is not looked up in words", () => {
    const raw = sentences.filter(({ sentence }) =>
      /\bE(?:NOENT|ACCES|PERM|CONNREFUSED|ADDRINUSE|ISDIR)\b/.test(sentence),
    );
    expect(raw).toEqual([]);
  });
});

/** Words that are also names of flags. */
const ordinary: ReadonlySet<string> = new Set(["geo-blocked", "dry-run", "state-dir"]);

function flagsOf({ flags = {} }: CommandUsage): readonly string[] {
  return [...Object.keys(flags), ...Object.keys(globalFlagTable), "help"];
}

function isGroup(words: string): boolean {
  const first = words.split(" ")[0] ?? "";
  return (
    first === "" || first === "help" || first.startsWith("-") || (words === first && first in commandGroups)
  );
}

/** What follows `launch` in code spans, and in code blocks at the beginning of a line. */
function commandsIn({
  path,
  text,
}: ProjectFile): readonly { readonly words: string; readonly line: string }[] {
  const spans = [...text.matchAll(/\\?`(?:\.\/bin\/)?launch ([^`\n\\]+)\\?`/g)];
  const lines = path.endsWith(".md") ? [...text.matchAll(/^(?:\.\/bin\/)?launch ([^\n]+)$/gm)] : [];
  const quoted = path.endsWith(".ts")
    ? [...text.matchAll(/["'`](?:next: )?launch ([a-z][^"'`\n]*)["'`]/g)]
    : [];
  const afterColon = path.endsWith(".ts") ? [...text.matchAll(/: launch ([a-z][^"`\n]*)["`]/g)] : [];
  return (
    [...spans, ...lines, ...quoted, ...afterColon]
      .map(([, typed = ""]) => ({ words: typed.replace(/\s+#.*$|\\$/g, "").trim(), line: typed }))
      // "launch …" stands for any of them; a name put in by the program is known when it runs.
      .filter(({ words }) => !/^(…|\$\{)/.test(words))
  );
}
