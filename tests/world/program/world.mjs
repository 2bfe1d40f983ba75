// Runs the world of tests/world on the sources of lib: `npm run world -- --seed 7`, or `--mutants` for lib with faults put in.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorld, mutants } from "./bundle-world.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "node_modules/.cache/slipway-world");
const words = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
process.exitCode = words.includes("--mutants")
  ? await findAll()
  : await run(undefined, words, "inherit").then(({ status }) => status);

async function run(mutant, args, stdio) {
  const file = join(folder, `${process.pid}-${mutant?.name ?? "lib"}.mjs`);
  await bundleWorld(file, mutant);
  const done = spawnSync(
    process.execPath,
    ["--max-semi-space-size=32", "--enable-source-maps", file, ...args],
    {
      stdio,
      encoding: "utf8",
      maxBuffer: 1e9,
    },
  );
  for (const path of [file, `${file}.map`]) rmSync(path, { force: true });
  return done;
}

async function findAll() {
  const only = words.filter((word) => !word.startsWith("-"));
  let missed = 0;
  for (const mutant of await mutants()) {
    if (only.length > 0 && !only.includes(mutant.name)) continue;
    const { status, stdout, stderr } = await run(
      mutant,
      ["--seed", "1", "--seeds", process.env.WORLD_SEEDS ?? "500", "--until-found"],
      "pipe",
    );
    const lines = stdout.trimEnd().split("\n");
    const at = lines.findLastIndex((line) => line.startsWith("seed "));
    const isFound = status === 1 && at !== -1 && lines[at + 1]?.startsWith("  ");
    if (!isFound) missed += 1;
    const how = isFound
      ? `${lines[at].split(":")[0]}: ${lines[at + 1].trim()}`
      : `NOT FOUND ${stderr.slice(0, 500)}`;
    process.stdout.write(`${mutant.name} (${mutant.breaks}): ${how}\n`);
  }
  process.stdout.write(missed === 0 ? "all were found\n" : `${missed} were not found\n`);
  return missed === 0 ? 0 : 1;
}
