import { type ChildProcess, spawn } from "node:child_process";

/**
 * The words for a script of ours inside a network. A bot of the same user may signal it, and Node answers SIGUSR1 with a
 * debugger on the loopback that the bot shares: on no address, from the first moment on, it cannot listen.
 */
export function insideNode(node: string, script: string): readonly string[] {
  return [node, "--inspect-port=[::%none]:9229", script];
}

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
