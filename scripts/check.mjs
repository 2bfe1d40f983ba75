// `npm run check`: types, lint, unused code, format, unit and architecture tests; everything cheap, in parallel where it can be.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const bin = (name) => `node_modules/.bin/${name}`;

const steps = [
  ["layers", process.execPath, ["scripts/oxlintrc.mjs"]],
  ["types", bin("tsc"), ["-p", "tsconfig.json"]],
  ["types of the preload", bin("tsc"), ["-p", "tsconfig.preload.json", "--noEmit"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings", "lib", "tests", "demo", "scripts", "bench"]],
  ["format", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["unused code", bin("knip"), ["--no-config-hints"]],
  ["code that only tests use", bin("knip"), ["--production", "--include", "files", "--no-config-hints"]],
  ["unit and architecture tests", bin("vitest"), ["run", "--project", "unit", "--project", "architecture"]],
];

let failed = false;
await run(steps[0]);
await Promise.all([lane([1, 2, 4, 5, 6]), lane([3, 7])]);
process.exit(failed ? 1 : 0);

async function lane(indices) {
  for (const index of indices) await run(steps[index]);
}

async function run([title, command, args]) {
  const startedAt = performance.now();
  const { status, output } = await collect(command, args);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${title} (${seconds} s)`);
  if (status === 0) return;
  failed = true;
  console.log(output);
}

function collect(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ status: 1, output: String(error) }));
    child.on("close", (status) => resolve({ status: status ?? 1, output }));
  });
}
