import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { patient } from "../../patience/patience.ts";
import { type Mutant, mutants } from "../../world/mutants.ts";
import { bundleWorld } from "../../world/program/bundle-world.mjs";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const limitMs = patient(isFull ? 3_600_000 : 120_000);
/** So that a test has time to say which seed was not done. */
const longestMs = 0.9 * limitMs;
const folder = mkdtempSync(join(tmpdir(), "slipway-world-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a world printed, and whether all its seeds kept every promise. */
interface Printed {
  readonly isWell: boolean;
  readonly text: string;
}

async function runWorlds(mutant: Mutant | undefined, words: readonly string[]): Promise<Printed> {
  const file = join(folder, `${mutant?.name ?? "lib"}.mjs`);
  await bundleWorld(file, mutant);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [file, ...words],
      { maxBuffer: 1e9, timeout: longestMs },
      (error, stdout, stderr) => resolve({ isWell: error === null, text: stdout + stderr }),
    );
  });
}

// What fails is printed with the command that replays it; so is a world that comes to no end.
async function expectWell(seed: number, seeds: number): Promise<void> {
  const words = ["--seed", String(seed), "--seeds", String(seeds)];
  const { isWell, text } = await runWorlds(undefined, words);
  expect(isWell ? "" : `npm run world -- ${words.join(" ")}\n${text}`).toBe("");
}

describe("a world that can be replayed", () => {
  test("keeps every promise on three seeds", () => expectWell(1, 3), limitMs);

  test(
    "keeps every promise on seeds that nobody has seen before",
    () => expectWell(randomInt(1_000_000, 2_000_000_000), isFull ? 300 : 2),
    limitMs,
  );

  test(
    "is the same to the last line when its seed is run again",
    async () => {
      const words = ["--seed", "12", "--hours", "0.8"];
      const [first, second] = [await runWorlds(undefined, words), await runWorlds(undefined, words)];
      const hashOf = ({ text }: Printed) => /^seed 12: (\S+),/m.exec(text)?.[1];
      expect(hashOf(first)).toMatch(/^[0-9a-f]{16}$/);
      expect(hashOf(second)).toBe(hashOf(first));
    },
    limitMs,
  );

  test.each(mutants)("knows where in lib to put the fault $name", ({ file, from }) => {
    const source = readFileSync(new URL(`../../../lib/${file}`, import.meta.url), "utf8");
    expect(source.split(from)).toHaveLength(2);
  });

  // The others are found by `npm run world -- --mutants`, and here at full size.
  const quick = ["standby-not-waited-for", "unregistered-used"];
  test.each(mutants.filter(({ name }) => isFull || quick.includes(name)))(
    "finds a supervisor that $breaks ($name)",
    async (mutant) => {
      const { isWell, text } = await runWorlds(mutant, ["--seed", "1", "--seeds", "500", "--until-found"]);
      expect(isWell).toBe(false);
      expect(text).toContain("replay it: npm run world -- --seed");
    },
    limitMs,
  );
});
