import { wasNotStarted } from "../../domain/host-limit.ts";
import type { ExecEnd, ExecRequest } from "../../ports/operator-channel.ts";
import type { ChildProcessHandle } from "../../ports/spawner.ts";
import type { Greeting } from "./greeting.ts";

/** How a command is started and held, by whoever keeps the processes of its run. */
interface ExecParts {
  readonly start: () => Promise<ChildProcessHandle>;
  /** Settles once its preload has said hello, or did not in time; undefined in a tier without one. */
  readonly greeting: (handle: ChildProcessHandle) => Promise<Greeting> | undefined;
  readonly running: Set<ChildProcessHandle>;
}

/** How long a command may take to stop that was sent a signal. */
const graceMs = 10_000;

/** Starts the command, and settles when nothing of it is left; one that nobody waits for any more is killed. */
export async function runExec(request: ExecRequest, parts: ExecParts): Promise<ExecEnd> {
  try {
    const handle = await parts.start();
    parts.running.add(handle);
    return await endOf(handle, request, parts).finally(() => parts.running.delete(handle));
  } catch (error) {
    if (!wasNotStarted(error)) throw error;
    return { kind: "refused", code: "LAUNCH_SPAWN_FAILED", why: error.message };
  }
}

async function endOf(handle: ChildProcessHandle, request: ExecRequest, parts: ExecParts): Promise<ExecEnd> {
  let refusal: string | undefined;
  void parts.greeting(handle)?.then((greeted) => {
    if (greeted.type !== "not-greeted") return;
    refusal = `The tier preload does not hold it: ${greeted.reason}`;
    void handle.kill();
  });
  const leave = () => void handle.kill();
  request.gone.addEventListener("abort", leave, { once: true });
  if (request.gone.aborted) leave();
  request.onStarted({
    pid: handle.pid,
    input: handle.input,
    signal: (name) => void handle.stop({ signal: name, graceMs }),
  });
  const end = await handle.ended;
  request.gone.removeEventListener("abort", leave);
  return refusal === undefined
    ? { kind: "ended", ...end }
    : { kind: "refused", code: "LAUNCH_TIER_UNAVAILABLE", why: refusal };
}
