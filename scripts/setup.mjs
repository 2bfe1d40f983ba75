// Makes a fresh clone ready, with Node's own modules only: `npm ci` when the lockfile changed, then a build when a source is newer.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const floor = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < floor[0] || (major === floor[0] && minor < floor[1])) {
  console.error(`Slipway needs Node ${floor.join(".")} or newer; this is ${process.version}.`);
  console.error("Install a newer Node, for example from https://nodejs.org, and run the same command again.");
  process.exit(78);
}

installWhenLockfileChanged();
buildWhenSourcesChanged();
makeCodeCache();

function installWhenLockfileChanged() {
  const stamp = join(root, "node_modules", ".slipway-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("setup: installing the packages of package-lock.json");
  run("npm", ["ci", "--loglevel=error", "--no-audit", "--no-fund"]);
  writeFileSync(stamp, lock);
}

function buildWhenSourcesChanged() {
  const stamp = join(root, "dist", ".sources");
  const sources = createHash("sha256");
  for (const place of [
    "lib",
    "demo",
    "tests/lab",
    "tests/patience",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "tsconfig.preload.json",
    "tsconfig.inside.json",
    "scripts/build.mjs",
    "scripts/bundle-preload.mjs",
    "scripts/bundle-program.mjs",
    "scripts/write-pack.cjs",
  ]) {
    for (const file of filesBelow(join(root, place))) sources.update(file).update(readFileSync(file));
  }
  const digest = sources.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  console.error("setup: building");
  run(process.execPath, [join(root, "scripts", "build.mjs")]);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

// One for each Node that runs set-up. It is only speed: where it cannot be made, `launch` works without.
function makeCodeCache() {
  const { cacheName, openPack } = createRequire(import.meta.url)("../bin/load-program.js");
  const { id } = openPack(join(root, "dist/lib/program/program.pack"));
  if (existsSync(join(root, cacheName(id, true)))) return;
  console.error("setup: making the code cache");
  const script = join(root, "scripts", "make-code-cache.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0)
    console.error(`setup: starts will be slower, the code cache could not be made:\n${stderr}`);
}

function filesBelow(place) {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  const entries = readdirSync(place, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => filesBelow(join(place, entry.name)));
}

function run(command, args) {
  // npm sets npm_config_* for the scripts it runs; a nested npm reads the project's .npmrc itself.
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
