import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { patient } from "../../patience/patience.ts";

const packages = ["systemd-resolved", "libsystemd-shared"];

/**
 * The words that run Debian's systemd-resolved, unpacked once into the user's cache: to install it would rewrite the
 * machine's /etc/resolv.conf. Undefined, and said on stderr, where it cannot be had.
 */
export function resolvedOfDebian(): readonly string[] | undefined {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "slipway-leak-daemons");
  const folder = join(cache, `resolved-${process.arch}`);
  try {
    if (!existsSync(folder)) unpackInto(folder, cache);
    const libraries = readdirSync(join(folder, "usr/lib"), { recursive: true, withFileTypes: true });
    const shared = libraries.find(({ name }) => name.startsWith("libsystemd-shared"));
    return [
      "env",
      `LD_LIBRARY_PATH=${shared?.parentPath ?? ""}`,
      join(folder, "lib/systemd/systemd-resolved"),
    ];
  } catch (error) {
    process.stderr.write(
      `SKIPPED: nothing is proven about systemd-resolved: ${String(error).split("\n")[0]}\n`,
    );
    return undefined;
  }
}

function unpackInto(folder: string, cache: string): void {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "unpack-"));
  try {
    execFileSync("apt-get", ["download", ...packages], {
      cwd: work,
      stdio: "ignore",
      timeout: patient(20_000),
    });
    for (const name of readdirSync(work)) execFileSync("dpkg-deb", ["-x", name, "whole"], { cwd: work });
    execFileSync(join(work, "whole/lib/systemd/systemd-resolved"), ["--version"], { stdio: "ignore" });
    renameSync(join(work, "whole"), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
