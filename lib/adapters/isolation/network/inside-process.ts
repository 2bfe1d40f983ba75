import { type ChildProcess, spawn } from "node:child_process";

/** Starts the words with an IPC channel and nothing of the launcher's environment; the launcher does not wait for its end. */
export function startInside([file = "", ...args]: readonly string[]): ChildProcess {
  const child = spawn(file, args, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    detached: true,
  });
  child.on("error", () => {});
  child.unref();
  child.channel?.unref();
  return child;
}
