import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { projectFiles } from "../support/project-files.ts";

/** The words that the house style fixes; the page may define more, never fewer. */
const fixedWords = [
  "account",
  "bot",
  "collector",
  "proxy endpoint",
  "credential",
  "assignment",
  "lease",
  "exit IP",
  "direct IP",
  "demoted",
  "cooldown",
  "burned",
  "heartbeat",
  "relay",
  "preload",
  "fail-over",
];

const page = readFileSync(join(packageRoot(), "docs/glossary.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => /^\| (?!---|word |verb )/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));
const exported = new Set(
  projectFiles(["lib"]).flatMap(({ text }) =>
    [...text.matchAll(/^export (?:async )?(?:type|interface|function|const|class) (\w+)/gm)].map(
      ([, name]) => name,
    ),
  ),
);
const migrations = projectFiles(["migrations"], [".sql"])
  .map(({ text }) => text)
  .join("\n");

describe("docs/glossary.md", () => {
  test("defines every word of the house style, each once", () => {
    const words = rows.map(([, word = ""]) => word);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
    expect(fixedWords.filter((word) => !words.includes(word))).toEqual([]);
  });

  test("names in the code what lib exports, at least one name a word", () => {
    for (const cells of rows) {
      const isVerb = cells.length === 5;
      const names = namesIn(cells[3] ?? "");
      expect(names.length, cells[1]).toBeGreaterThan(0);
      const unknown = names.filter((name) => !exported.has(name) && !isFolder(name));
      expect(unknown, `${isVerb ? "verb" : "word"} ${cells[1]}`).toEqual([]);
    }
  });

  test("names in the database what the migrations make", () => {
    const names = rows.filter(({ length }) => length > 5).flatMap((cells) => namesIn(cells[4] ?? ""));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !isMade(name))).toEqual([]);
  });
});

/** Words that another one has replaced, as they would stand in an identifier, a file name, a column or a heading (prose may use them). */
const replaced: Readonly<Record<string, RegExp>> = {
  "verify exit": /\bsettle-?doubt|doubting\b|\bDoubt\w*\b/i,
  tunnel: /\bpassages?\b(?= ?[:=(.])|\bflights?\b(?= ?[:=(.])|\w*(?:Passage|Flight)\w*/,
  destroy: /\bsever\(/,
  "connection before ready": /\w*[kK]nock(?:ed|ed-while-shut)?\b(?= ?[:=(.])|knocked-while-shut/,
  "unauthenticated client": /\bonStranger\b|"stranger"/,
  "run recorder": /\b[rR]unBook\b/,
  "run context": /\b[sS]essionParts\b/,
  "assignment health": /\bStanding\b|\bwriteStanding\b/,
  "operator change": /\b[wW]ithdrawal\w*\b|"withdrawn"/,
  "exit check": /\b(?:judge|request)Reading\b|\bExitReading\b|\bReadingVerdict\b|"reading(?:-matched)?"/,
  heartbeat:
    /(?<![hH]eart)\b[bB]eat(?:At|s|Frame|Watch|_at)?\b(?= ?[:=(.,])|\bbeat_at\b|(?<!heart)beat-watch/,
  failure: /\bstrikes?\b(?= ?[:=(.,])/,
  "retry class": /\b[oO]utlook\b/,
  bypass: /\bexempt\w*\b(?= ?[:=(.,])|exempt-entries/,
  random01: /\brandom\.unit\(/,
  "no exit": /none-eligible|holdOrEnd/,
};

describe("words that another one has replaced", () => {
  const sources = projectFiles(["lib", "migrations"], [".ts", ".sql"])
    // The names that an old export has.
    .filter(({ path }) => path !== "lib/adapters/store/format-1.ts")
    .flatMap(({ path, text }) => [path, withoutProse(text)].map((part) => ({ path, part })));
  const headings = projectFiles(["README.md", "docs"], [".md"]).flatMap(({ path, text }) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, part = ""]) => ({ path, part })),
  );

  test.each(Object.entries(replaced))(
    "are no identifier, file, column or heading: %s is the word",
    (_word, old) => {
      const found = [...sources, ...headings].flatMap(({ path, part }) => {
        const [match] = old.exec(part) ?? [];
        return match === undefined ? [] : [`${path}: ${match}`];
      });
      expect(found).toEqual([]);
    },
  );

  test("are looked for in code that has names, and found where one comes back", () => {
    expect(sources.length).toBeGreaterThan(800);
    for (const line of [
      "settle-doubt",
      "doubting",
      "flight.client",
      "sever(socket)",
      "beat_at timestamptz",
      "strikes: 1",
    ])
      expect(
        Object.values(replaced).some((old) => old.test(line)),
        line,
      ).toBe(true);
  });
});

/** The code of a file, without its comments and without the sentences in its strings. */
function withoutProse(text: string): string {
  return text
    .replaceAll(/\/\*.*?\*\//gs, "")
    .replaceAll(/^\s*(?:\/\/|--).*$/gm, "")
    .replaceAll(/(["'`])(?:(?!\1)[^\\\n])* (?:(?!\1)[^\\\n])*\1/g, '""');
}

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

function isFolder(name: string): boolean {
  return name.includes("/") && existsSync(join(packageRoot(), name));
}

function isMade(name: string): boolean {
  const [table = "", column] = name.split(".");
  const body = new RegExp(`^create table ${table} \\(\\n(.*?)^\\);`, "ms").exec(migrations)?.[1];
  return body !== undefined && (column === undefined || new RegExp(`^  ${column} `, "m").test(body));
}
