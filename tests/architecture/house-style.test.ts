import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { projectFiles } from "../support/project-files.ts";

const mostFilesOfAFolder = 12;
const files = projectFiles(["lib", "tests", "demo", "scripts", "bench"], [".ts", ".mjs", ".cjs"]);
const testFiles = files.filter(({ path }) => /\.(test|contract)\.ts$/.test(path));

describe("the house style", () => {
  test("keeps a folder small enough to be read at a glance", () => {
    const counts = new Map<string, number>();
    for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(50);
    expect([...counts].filter(([, count]) => count > mostFilesOfAFolder)).toEqual([]);
  });

  test("has test titles say what is, and no test left out or alone", () => {
    const title = /\b(?:test|it|describe)(?:\.\w+(?:\([^)]*\))?)*\(\s*["'`]([^"'`]*)/g;
    const titles = testFiles.flatMap(({ path, text }) =>
      [...text.matchAll(title)].map(([, words = ""]) => `${path}: ${words}`),
    );
    expect(titles.length).toBeGreaterThan(500);
    expect(titles.filter((each) => /: .*\bshould\b/.test(each))).toEqual([]);
    const marked = testFiles.filter(({ text }) => /\b(?:test|it|describe)\.(?:skip|only|todo)\(/.test(text));
    expect(marked.map(({ path }) => path)).toEqual([]);
  });

  test("names each of the 24 edge cases of rotation in the test that proves it", () => {
    const named = testFiles.flatMap(({ text }) =>
      [...text.matchAll(/(?:test|it)\([^\n]*edge case (\d+): /g)].map(([, number]) => Number(number)),
    );
    expect([...new Set(named)].sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, n) => n + 1));
  });

  test("lets time pass in tests by the support's own words only", () => {
    const timers = testFiles.filter(({ text }) =>
      /^import .* from "node:timers|^\s*await new Promise\(.*setTimeout/m.test(text),
    );
    expect(timers.map(({ path }) => path)).toEqual([]);
  });

  test("signals no process of a test by a number that nobody has looked at: 0 would stop the run itself", () => {
    const byNumber = files.filter(
      ({ path, text }) =>
        /^tests\/(?!fixtures|support\/processes\/signal\.ts)/.test(path) &&
        /(?<!\.)\bprocess\.kill\((?!process\.p?pid\b)[^;]*["'`]SIG/.test(text),
    );
    expect(byNumber.map(({ path }) => path)).toEqual([]);
  });

  test("exports no port from the library, by which a row could change without its event or a lease be taken", () => {
    const [library] = projectFiles(["lib/index.ts"]);
    const sources = [...(library?.text ?? "").matchAll(/ from "\.\/([^"]+)"/g)].map(([, path = ""]) => path);
    expect(sources.length).toBeGreaterThan(15);
    expect(sources.filter((path) => /^(?:adapters|supervisor|ports\/(?!journal))/.test(path))).toEqual([]);
  });

  test("has every time limit of the tests that start programs scaled by one factor", () => {
    const limit =
      /\btimeout: \d+_\d|\b(?:ask|dial|directIp)\(.*, \d+_\d+\)|AbortSignal\.timeout\(\d|^\s*\}, [\d_]{4,}\);/m;
    const places = files.filter(({ path }) =>
      /^(?:tests|demo)\/(?!unit|architecture|fixtures).*\.ts$/.test(path),
    );
    expect(places.length).toBeGreaterThan(100);
    expect(places.filter(({ text }) => limit.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("what lib does in one place only", () => {
  const lib = projectFiles(["lib"], [".ts"]);
  const pathsWith = (pattern: RegExp) => lib.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

  test("ending a process: the launcher, the bench of the leak check, a bot that cannot be held", () => {
    expect(pathsWith(/^\s*process\.exit\(/m)).toEqual([
      "lib/cli/main.ts",
      "lib/leak-check/bench/leak-launcher.ts",
      "lib/preload/tunnel/refuse.ts",
    ]);
  });

  test("making folders: makeFolder comes back where Node's recursive mkdir does not", () => {
    expect(pathsWith(/mkdir(Sync)?\([^;]*recursive/)).toEqual([]);
  });
});
