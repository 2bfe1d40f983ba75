import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { namedProfiles } from "../../../lib/adapters/isolation/browsers/named-profiles.ts";
import { inspectCommand } from "../../../lib/adapters/spawner/program/inspect-command.ts";
import { parseInterpreter, readInterpreter } from "../../../lib/adapters/spawner/program/shebang.ts";
import { splitCommand } from "../../../lib/config/command-words.ts";
import { parseDuration } from "../../../lib/config/duration.ts";
import { databaseOfEnv, envWithDatabase } from "../../../lib/config/load/env-database.ts";
import { readConfigFile } from "../../../lib/config/read/read-file.ts";
import { parseUrl } from "../../../lib/config/sources/database.ts";
import { parseEnvFile } from "../../../lib/config/sources/env-file.ts";
import { parseLocal, parseLocalSocket, parsePublish } from "../../../lib/domain/run/reach/bypass.ts";
import { parsePortList } from "../../../lib/domain/run/reach/port-list.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { nodeOptions, splitNodeOptions } from "../../../lib/policy/child/node-options.ts";
import { fuzzed, fuzzedLess, longTexts, textOf } from "../../support/fuzz/fuzz.ts";
import { refusalOf } from "../../support/fuzz/refusal-of.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("the command of a bot", () => {
  const commands = textOf([
    "node bot.js",
    "sh -c 'echo a; b'",
    '"a b"',
    "$HOME",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    "${a}",
    "${",
    "$(x)",
    "`x`",
    "*.js",
    "# a",
    "\\",
    "&&",
    "<(",
    "~",
    "'",
    "$",
  ]);

  test("is split into words without empty ones of its own making, or refused in words", () => {
    fc.assert(
      fc.property(commands, (text) => {
        const read = splitCommand(text);
        if (read.kind === "words") expect(read.words.length).toBeGreaterThan(0);
        else expect(read.why).not.toBe("");
      }),
      fuzzed,
    );
    for (const text of longTexts) splitCommand(text);
  });

  test("names an interpreter that stands in its first line, or none", () => {
    const starts = textOf([
      "#!/usr/bin/env node",
      "#!/bin/sh",
      " -S ",
      "env",
      "A=1",
      "--split-string",
      "/",
      "node",
    ]);
    fc.assert(
      fc.property(starts, (text) => {
        const found = parseInterpreter(text);
        if (found !== undefined)
          expect(text.split("\n", 1).join()).toContain("name" in found ? found.name : found.file);
      }),
      fuzzed,
    );
    for (const text of longTexts) parseInterpreter(`#!${text}`);
  });

  test("is another program or missing when its file holds whatever bytes, and is not run to find out", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      textOf(["#!", "/usr/bin/env ", "-S ", "touch", "\n"]).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const path = file("program", content);
        readInterpreter(path);
        // Not executable: what the file says must not lead to another one that is run.
        expect((await inspectCommand([path], folder, "")).kind).toBe("missing");
      }),
      fuzzedLess,
    );
  });

  test("names browser profiles below its folder or by whole paths, however many words it has", () => {
    const words = fc.array(
      fc.oneof(
        fc.constantFrom(
          "env",
          "sh",
          "-c",
          "chromium",
          "--profile",
          "--user-data-dir=a b",
          "exec chromium --profile 'x'",
        ),
        textOf([" --user-data-dir=", " -profile ", "'", '"', "chromium", ";", "xvfb-run "]),
      ),
      { maxLength: 8 },
    );
    const places = { cwd: "/work", configHome: "/home/u/.config" };
    fc.assert(
      fc.property(words, (all) => {
        for (const path of namedProfiles(all, places)) expect(path.startsWith("/")).toBe(true);
      }),
      fuzzed,
    );
    for (const word of ["env", "sh -c env", "--profile", " --profile "])
      namedProfiles(
        Array.from({ length: 30_000 }, () => word),
        places,
      );
    for (const text of longTexts) namedProfiles(["sh", "-c", text], places);
  });

  test("has NODE_OPTIONS whose words are all of the text but blanks, with our preloads in front", () => {
    const options = textOf([
      "--require ",
      "-r ",
      '"a b"',
      '"\\"',
      "\\",
      "/x/preload/preload/observe.js",
      "--import=x",
    ]);
    fc.assert(
      fc.property(options, (text) => {
        const raws = splitNodeOptions(text).map(({ raw }) => raw);
        expect(raws.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        expect(nodeOptions(text, ["/p.js"])?.startsWith('--require "/p.js"')).toBe(true);
      }),
      fuzzed,
    );
    for (const text of longTexts) splitNodeOptions(text);
  });
});

describe("a launch.yaml", () => {
  const files = textOf([
    "version: 1\n",
    "version: 2\n",
    "bots:\n  alice: { command: [node, a.js] }\n",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    "bots: { bob: { command: 'echo ${' } }\n",
    "  env: { A: 1 }\n",
    "defaults: &a { ports: [9000] }\n",
    "  <<: *a\n",
    "*b",
    "- [",
    "{ ",
    "? ",
    "!!binary x",
    "---\n",
    "a: &x [*x]\n",
    "__proto__: 1\n",
    "network: { witnesses: [http://a, http://b] }\n",
  ]);

  test("is read or refused as declared, with a place for each error", () => {
    fc.assert(
      fc.property(files, (text) => {
        const path = file("launch.yaml", text);
        refusalOf(ConfigError, () => readConfigFile(path));
      }),
      fuzzedLess,
    );
  });

  test("is refused as declared when it is long, deep, or multiplies itself", () => {
    const doubled = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`).join(
      "\n",
    );
    for (const text of [
      `a0: &a0 [x]\n${doubled}`,
      "[".repeat(5_000),
      "- ".repeat(5_000),
      ...longTexts.map((long) => long.slice(0, 4_096)),
    ])
      refusalOf(ConfigError, () => readConfigFile(file("launch.yaml", text)));
  });

  test("has entries for ports, private targets and durations that are read within their bounds, or refused", () => {
    const entries = textOf([
      "5432",
      "7000-7010",
      "127.0.0.1:",
      "[::1]:",
      "db.internal:",
      "unix:/run/x",
      ":8080:3000",
      "15s",
      "1h30m",
      "99999999999d",
    ]);
    fc.assert(
      fc.property(entries, (text) => {
        const ports = [parseLocal(text)?.port, parsePublish(text)?.outside, parsePublish(text)?.inside];
        const list = parsePortList([text]);
        const all = [
          ...ports.filter((port) => port !== undefined),
          ...(list.kind === "ports" ? list.ports : []),
        ];
        for (const port of all) expect(port > 0 && port < 65_536 && Number.isInteger(port)).toBe(true);
        expect(parseLocalSocket(text)?.startsWith("/") ?? true).toBe(true);
        expect(parseDuration(text) ?? 0).toBeLessThan(2 ** 31);
      }),
      fuzzed,
    );
    for (const text of longTexts) {
      parseLocal(text);
      parsePublish(text);
      parseDuration(text);
      parsePortList([text]);
    }
  });

  test("has a database URL that is read, or refused without showing its password", () => {
    const urls = textOf([
      "postgres://u:hunter2@h:5432/d",
      "postgresql://",
      "?host=/run",
      "@",
      "%zz",
      "[::1",
      "hunter2",
    ]);
    fc.assert(
      fc.property(urls, (text) => {
        const error = refusalOf(ConfigError, () => parseUrl(text, "database.url"));
        expect(`${error?.message} ${error?.hint}`).not.toContain("hunter2");
      }),
      fuzzed,
    );
  });
});

describe("a file of variables", () => {
  const texts = textOf([
    "A=1\n",
    "A=2\n",
    "B='x\ny'\n",
    "export C=3\n",
    "D=`a`\n",
    '"',
    "'",
    "`",
    "#",
    " = ",
    "E.F-1=x\n",
  ]);

  test("gives the bot what Node's own --env-file reads of it, or is refused for a name that it has twice", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const path = file("bot.env", text);
        const read: { values?: Readonly<Record<string, string>> } = {};
        const error = refusalOf(ConfigError, () => {
          read.values = parseEnvFile(path);
        });
        if (read.values !== undefined) expect(read.values).toEqual(meantIn(text.replace(/^\uFEFF/, "")));
        else expect(error?.message).toContain(path);
      }),
      fuzzedLess,
    );
  });

  test("says what it was told of the database when it is written, and keeps every other value", () => {
    const lines = fc.array(
      fc.constantFrom(
        "A=1",
        "# LAUNCH_DATABASE_URL=x",
        "LAUNCH_DATABASE_URL=postgres://old",
        "export LAUNCH_DATABASE_PASSFILE = /x",
        "B='a b'",
        "",
      ),
      { maxLength: 8 },
    );
    const value = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom("postgres://u@h:5432/d", "/a b/c", '/it\'s/"q"', "/a#b"),
    );
    fc.assert(
      fc.property(lines, value, value, value, (before, url, passFile, migrateUrl) => {
        const text = before.join("\n");
        const next = envWithDatabase(text, { url, passFile, migrateUrl });
        expect(databaseOfEnv(next)).toEqual({ url, passFile, migrateUrl });
        const others = (all: string) =>
          Object.entries(meantIn(all)).filter(([name]) => !name.startsWith("LAUNCH_"));
        expect(others(next)).toEqual(others(text));
      }),
      fuzzed,
    );
  });
});

/** What Node reads of it, without what it makes of a comment. */
function meantIn(text: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(parseEnv(text)).filter(([name]) => !name.startsWith("#")));
}
