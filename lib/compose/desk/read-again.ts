import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { DeclaredUnits } from "../../config/load/declared-units.ts";
import { packageRoot } from "../../config/package-root.ts";
import { ConfigError } from "../../errors.ts";

/** How long reading a configuration may take. */
const withinMs = 30_000;

/**
 * Reads launch.yaml and what it names in a process of its own, so that this one keeps neither the reader nor its memory. The
 * words are `config check` with the flags that this program was given. Throws ConfigError with what that process said.
 */
export async function readAgain(words: readonly string[], cwd: string): Promise<DeclaredUnits> {
  const child = fork(join(packageRoot(), "bin/launch"), [...words], {
    cwd,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    timeout: withinMs,
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  let declared: DeclaredUnits | undefined;
  child.on("message", (message) => {
    declared = message as DeclaredUnits;
  });
  const [code] = await once(child, "close");
  if (declared !== undefined && code === 0) return declared;
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    said.trim() || `It could not be read within ${withinMs / 1_000} s.`,
  );
}
