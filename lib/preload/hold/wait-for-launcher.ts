import fs from "node:fs";
import { holdVariable } from "../../protocol/environment.ts";

/**
 * Waits until the launcher lets this process go, where it was started before it was certain that it is needed; no code of the
 * program was loaded yet. Ends the process when the launcher has no use for it, or is gone.
 */
export function waitForLauncher(env: NodeJS.ProcessEnv): void {
  const descriptor = env[holdVariable];
  if (descriptor === undefined) return;
  delete env[holdVariable];
  if (!isLetGo(Number(descriptor))) process.exit(0);
}

// The end of the stream without a byte: nobody is left who could want it.
function isLetGo(descriptor: number): boolean {
  try {
    return readPatiently(descriptor) === 1;
  } catch {
    return false;
  } finally {
    fs.closeSync(descriptor);
  }
}

// A signal that Node itself hears, SIGUSR1 for its debugger, interrupts the read and says nothing of the launcher.
function readPatiently(descriptor: number): number {
  for (;;) {
    try {
      return fs.readSync(descriptor, Buffer.alloc(1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EINTR") throw error;
    }
  }
}
