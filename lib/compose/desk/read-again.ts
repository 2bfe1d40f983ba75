import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { DeclaredUnits } from "../../config/load/declared-units.ts";
import { packageRoot } from "../../config/package-root.ts";
import { ConfigError } from "../../errors.ts";

/** What a launcher that runs reads of a changed launch.yaml. */
export interface ReadAgain extends DeclaredUnits {
  /** What only a start takes over, as `launcherSettings` gives it. */
  readonly forLauncher: Readonly<Record<string, string>>;
}

/** How long reading a configuration may take. */
const withinMs = 30_000;

/**
 * Reads launch.yaml and what it names in a process of its own, so that this one keeps neither the reader nor its memory. The
 * words are `config check` with the flags that this program was given. Throws ConfigError with what that process said.
 */
export async function readAgain(words: readonly string[], cwd: string): Promise<ReadAgain> {
  const child = fork(join(packageRoot(), "bin/launch"), [...words, "--json"], {
    cwd,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    timeout: withinMs,
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  let declared: ReadAgain | undefined;
  child.on("message", (message) => {
    declared = message as ReadAgain;
  });
  const [code] = await once(child, "close");
  if (declared !== undefined && code === 0) return declared;
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    messageIn(said) ?? `It could not be read within ${withinMs / 1_000} s.`,
  );
}

// Its code and hint are this program's to give.
function messageIn(said: string): string | undefined {
  const last = said.trim().split("\n").at(-1) ?? "";
  try {
    const { error } = JSON.parse(last) as { readonly error: { readonly message: string } };
    return error.message;
  } catch {
    return said.trim() || undefined;
  }
}
