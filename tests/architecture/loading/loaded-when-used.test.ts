import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { projectFiles } from "../../support/project-files.ts";

const texts = new Map(projectFiles(["lib"]).map(({ path, text }) => [path, text]));

/** What is loaded with these files: what they import for more than its types, and what that imports. */
function loadedWith(starts: readonly string[]): ReadonlySet<string> {
  const loaded = new Set<string>();
  const next = [...starts];
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    const imports = /^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";/gms;
    for (const [, specifier = ""] of (texts.get(path) ?? "").matchAll(imports))
      next.push(join(dirname(path), specifier));
  }
  return loaded;
}

/** What a launcher loads whatever its launch.yaml says: the files are those that a start imports when it comes to them. */
const start = [
  "lib/cli/main.ts",
  "lib/cli/commands/bot.ts",
  "lib/cli/commands/collector.ts",
  "lib/compose/run-unit.ts",
  "lib/compose/workspace.ts",
  "lib/config/load/units.ts",
  "lib/supervisor/launcher.ts",
  "lib/adapters/store/open-store.ts",
];

test("a launcher without `notify` and `metrics` loads nothing of them but how they are written in launch.yaml", () => {
  const loaded = loadedWith(start);
  expect(loaded.size).toBeGreaterThan(200);
  const ofAlerts = [...loaded].filter((path) => /\/(alerts|notify|metrics)\//.test(path)).sort();
  expect(ofAlerts.filter((path) => !/^lib\/(config|domain)\//.test(path))).toEqual([]);
});

test("the library for mail is loaded by what sends a mail alone", () => {
  const importers = [...texts].filter(([, text]) => text.includes('from "nodemailer"')).map(([path]) => path);
  expect(importers).toEqual(["lib/adapters/notify/senders/email.ts"]);
  expect(loadedWith(["lib/compose/alerts/open-alerts.ts"]).has("lib/adapters/notify/senders/email.ts")).toBe(
    false,
  );
});

/** What a start, `launch up`, `reload` and `down` load when they come to it, for a launch.yaml that is written plainly. */
const desk = [
  ...start,
  "lib/config/load/load-plain.ts",
  ...["up", "reload", "down"].map((name) => `lib/cli/commands/desk/${name}.ts`),
  ...["plan-desk", "run-desk", "find-up", "detach", "replace"].map((name) => `lib/compose/desk/${name}.ts`),
];

test("YAML and the schema library are loaded for a launch.yaml that is wrong or not plain alone", () => {
  const loaded = loadedWith(desk);
  expect(loaded.size).toBeGreaterThan(200);
  const readers = [...loaded].filter((path) =>
    /^import (?!type )[^;]*?from "(?:yaml|zod)"/ms.test(texts.get(path) ?? ""),
  );
  expect(readers).toEqual([]);
});
