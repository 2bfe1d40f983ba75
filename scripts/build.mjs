// Compiles the program, the demo, the two preloads and the kernel tier's inside processes into dist/, from nothing, and swaps the result in whole.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePreloads } from "./bundle-preload.mjs";
import { bundleProgram } from "./bundle-program.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
const next = `dist.next-${process.pid}`;

// Published it has another name.
process.on("exit", () => rmSync(join(root, next), { recursive: true, force: true }));
compile("tsconfig.build.json", next);
await bundleProgram(root, join(root, next, "lib/program"));
compile("tsconfig.preload.json", join(next, "preload"));
bundlePreloads(join(root, next, "preload"));
// The kernel tier's processes inside a bot's network: every start of a bot waits for one, and CommonJS starts sooner.
compile("tsconfig.inside.json", join(next, "inside"));
for (const folder of ["preload", "inside"]) {
  mkdirSync(join(root, next, folder), { recursive: true });
  writeFileSync(join(root, next, folder, "package.json"), '{"type":"commonjs"}\n');
}
publish();

function compile(project, outDir) {
  const result = spawnSync(process.execPath, [tsc, "-p", project, "--outDir", outDir], {
    cwd: root,
    stdio: "inherit",
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

// A running bot may hold files of dist/ open: replace the folder by rename instead of writing into it.
function publish() {
  const dist = join(root, "dist");
  const old = join(root, `dist.old-${process.pid}`);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(join(root, next), dist);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(join(root, "lib/cli/completion")))
    cpSync(join(root, "lib/cli/completion"), join(dist, "lib/cli/completion"), { recursive: true });
}
