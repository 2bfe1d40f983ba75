import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "../../lib/config/package-root.ts";
import { fileSchema } from "../../lib/config/read/zod-schema.ts";
import { pages, projectFiles } from "../support/project-files.ts";

const root = packageRoot();
const all = pages();

describe("the pages", () => {
  test("link only to files and headings that exist", () => {
    const broken = all.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)\s]*)\)/g)]
        .map(([, link = ""]) => link)
        .filter((link) => !leadsSomewhere(path, link))
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test("are named with a heading that exists wherever the code points to one", () => {
    const pointers = projectFiles(
      ["lib", "tests", "demo", "migrations", "templates"],
      [".ts", ".mjs", ".sql", ".txt"],
    ).flatMap(({ path, text }) =>
      [...text.matchAll(/(docs\/[\w/-]+\.md)(?:, ([A-Z][A-Za-z' ]+?)(?=[):;.,]| lets| of\b))?/g)].map(
        ([, page = "", heading]) => ({ path, page, heading }),
      ),
    );
    expect(pointers.length).toBeGreaterThan(20);
    const broken = pointers.filter(({ page, heading }) => {
      const found = all.find((each) => each.path === page);
      return (
        found === undefined || (heading !== undefined && !anchorsOf(found.text).includes(anchorOf(heading)))
      );
    });
    expect(broken.map(({ path, page, heading }) => `${path}: ${page}, ${heading}`)).toEqual([]);
  });

  test("can each be read at one sitting: none has more than 2,000 words", () => {
    const words = ({ text }: { readonly text: string }) => text.split(/\s+/).length;
    const read = all.filter(({ path }) => path !== "CHANGELOG.md");
    expect(read.length).toBeGreaterThan(20);
    expect(read.filter((page) => words(page) > 2_000).map(({ path }) => path)).toEqual([]);
  });

  test("show only launch.yaml that the program would take", () => {
    const blocks = all.flatMap(({ path, text }) =>
      [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = ""]) => ({ path, yaml })),
    );
    expect(blocks.length).toBeGreaterThan(1);
    for (const { path, yaml } of blocks)
      expect(fileSchema.safeParse(parse(yaml)).error?.issues ?? [], `${path}:\n${yaml}`).toEqual([]);
  });

  test("list every decision, each under a number of its own", () => {
    const index = all.find(({ path }) => path === "docs/decisions/README.md")?.text ?? "";
    const files = readdirSync(join(root, "docs/decisions")).filter((name) => name !== "README.md");
    const listed = [...index.matchAll(/^\| \[(\d{4})\]\(([^)]+)\)/gm)].map(([, number, file]) => ({
      number,
      file,
    }));
    expect(listed.map(({ file }) => file)).toEqual(files.sort());
    expect(listed.map(({ number, file }) => file?.startsWith(`${number}-`))).toEqual(files.map(() => true));
    expect(new Set(listed.map(({ number }) => number)).size).toBe(listed.length);
  });

  test("describe the rooms of lib with the imports that the lint allows", () => {
    const [rules] = projectFiles(["scripts/oxlintrc.mjs"], [".mjs"]);
    const block = /const mayImport = \{\n(.*?)\n\};/s.exec(rules?.text ?? "")?.[1] ?? "";
    const allowed = [...block.matchAll(/^ {2}"?([\w.-]+)"?: \[(.*?)\],/gms)].map(
      ([, room = "", list = ""]) => [
        room.replace(".ts", ""),
        [...list.matchAll(/"([\w.-]+)"/g)].map(([, name = ""]) => name.replace(".ts", "")),
      ],
    );
    const text = all.find(({ path }) => path === "docs/architecture.md")?.text ?? "";
    const told = [...text.matchAll(/^([\w-]+) +((?:[\w-]+(?:, )?)+)$/gm)]
      .filter(([, room]) => room !== "compose")
      .map(([, room, list = ""]) => [room, list === "nothing" ? [] : list.split(", ")]);
    const unique = allowed.map(([room, list]) => [room, [...new Set(list)]]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(unique));
  });
});

describe("the tests", () => {
  test("have no title twice within one file", () => {
    const twice = projectFiles(["tests"], [".test.ts"]).flatMap(({ path, text }) => {
      const titles = titlesOf(text);
      return titles
        .filter((title, index) => titles.indexOf(title) !== index)
        .map((title) => `${path}: ${title}`);
    });
    expect(twice).toEqual([]);
  });
});

/** Each title with the groups around it, told by the indentation of the formatter. */
function titlesOf(text: string): readonly string[] {
  const groups: { readonly indent: number; readonly title: string }[] = [];
  return [...text.matchAll(/^( *)(describe|test)(?:\.\w+(?:\([^\n]*?\))?)?\(\s*["'`](.*?)["'`],/gm)].flatMap(
    ([, { length: indent } = "", kind, title = ""]) => {
      while ((groups.at(-1)?.indent ?? -1) >= indent) groups.pop();
      const whole = [...groups.map((group) => group.title), title].join(" > ");
      if (kind === "test") return [whole];
      groups.push({ indent, title });
      return [];
    },
  );
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : join(dirname(page), decodeURI(file));
  if (anchor === undefined) return existsSync(join(root, target));
  const text = all.find(({ path }) => path === target)?.text;
  return text !== undefined && anchorsOf(text).includes(anchor);
}

function anchorsOf(text: string): readonly string[] {
  const headings = text.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) => anchorOf(heading));
}

// As GitHub makes them.
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}
