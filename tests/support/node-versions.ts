import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { patient } from "../patience/patience.ts";

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "slipway-nodes");

/** The path of a Node binary of this major from the per-platform npm package, fetched once into the user's cache; undefined when it cannot be had, which fails a run with CI=true. */
export function nodeOfMajor(major: number): string | undefined {
  const folder = join(cache, `v${major}-${process.platform}-${process.arch}`);
  const binary = join(folder, "package", "bin", "node");
  if (existsSync(binary)) return binary;
  try {
    fetchInto(folder, `node-${process.platform}-${process.arch}@${major}`);
    return binary;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    process.stderr.write(`SKIPPED: Node ${major} could not be fetched, so nothing is proven about it.\n`);
    return undefined;
  }
}

// Unpacked beside its place and moved there whole: test files that fetch at the same time do not meet half a binary.
function fetchInto(folder: string, spec: string): void {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "fetch-"));
  try {
    execFileSync("npm", ["pack", spec, "--silent", "--pack-destination", work], {
      stdio: "ignore",
      timeout: patient(30_000),
    });
    const archive = readdirSync(work).find((name) => name.endsWith(".tgz")) ?? "missing.tgz";
    execFileSync("tar", ["-xzf", join(work, archive), "-C", work, "package/bin/node"]);
    rmSync(join(work, archive));
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
