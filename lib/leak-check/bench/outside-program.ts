import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";

/** A program beside the launcher that nothing keeps from the network: a bot could hand its work to it. */
export interface OutsideProgram {
  /** Where it listens, for the bot to find. */
  readonly env: Readonly<Record<string, string>>;
  /** What the bot prints. */
  hear(text: string): void;
  close(): Promise<void>;
}

/** Starts it as the user that the bot runs as, with a folder in /tmp and one elsewhere; settles when it says that it is ready. */
export async function startOutside(
  words: readonly string[],
  { env, runAs }: { readonly env: Readonly<Record<string, string>>; readonly runAs: string | undefined },
): Promise<OutsideProgram> {
  const parents = ["/tmp", existsSync("/dev/shm") ? "/dev/shm" : "/var/tmp"];
  const folders = parents.map((parent) => mkdtempSync(`${parent}/slipway-outside-`));
  // Whoever it runs as makes its sockets there.
  for (const folder of folders) chmodSync(folder, 0o777);
  const places = { LEAK_OUTSIDE: folders.join(":") };
  const become = runAs === undefined ? [] : ["setpriv", `--reuid=${runAs}`, "--clear-groups", "--"];
  const [file = "", ...args] = [...become, ...words];
  const child = spawn(file, args, { env: { ...env, ...places }, stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  child.stdin.on("error", () => {});
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  };
  await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  return { env: places, hear: (text) => void child.stdin.write(text), close };
}
