import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { patient } from "../../patience/patience.ts";

const files = ["package.json", "package-lock.json"] as const;

/** The folder with the clients of zoo/package.json, installed once into the user's cache; undefined when they cannot be had, which fails a run with CI=true. */
export function installZoo(): string | undefined {
  const here = fileURLToPath(new URL("zoo", import.meta.url));
  const lock = createHash("sha256")
    .update(readFileSync(join(here, "package-lock.json")))
    .digest("hex");
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "slipway-leak-clients");
  const folder = join(cache, lock.slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "install-"));
  try {
    for (const name of files) copyFileSync(join(here, name), join(work, name));
    // Scripts of packages are not run; undici 8 wants a newer Node than the floor, and gets one where it is tried.
    const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-engine-strict", "--silent"];
    execFileSync("npm", words, { cwd: work, stdio: "ignore", timeout: patient(80_000) });
    renameSync(work, folder);
    return folder;
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (existsSync(folder)) return folder;
    if (process.env["CI"] === "true") throw error;
    process.stderr.write(
      "SKIPPED: the client libraries could not be installed, so nothing is proven about them.\n",
    );
    return undefined;
  }
}
