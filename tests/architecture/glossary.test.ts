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
  "beat",
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
