// Tortures launchers on three hosts: `npm run torture -- --seed N --minutes M`, and `--broken NAME` (or `all`) for a broken program.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string", default: "5" },
    broken: { type: "string", multiple: true, default: [] },
  },
});
const every = [
  "takes-at-once",
  "exit-not-checked",
  "renews-unseen",
  "no-deadline",
  "counts-through-renewals",
];
const broken = values.broken.flatMap((name) => (name === "all" ? every : [name]));
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const wish = { seed, minutes: Number(values.minutes), broken };
if (!Number.isFinite(seed) || !(wish.minutes > 0)) {
  console.error("torture: --seed and --minutes are numbers, as in `npm run torture -- --seed 7 --minutes 5`");
  process.exit(64);
}
const { status } = spawnSync(
  "npx",
  ["vitest", "run", "--project", "e2e", "tests/e2e/hosts/torture.test.ts"],
  {
    cwd: dirname(dirname(fileURLToPath(import.meta.url))),
    stdio: "inherit",
    env: { ...process.env, SLIPWAY_TORTURE: JSON.stringify(wish) },
  },
);
process.exit(status ?? 1);
