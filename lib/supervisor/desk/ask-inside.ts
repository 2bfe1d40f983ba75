import type { Clock } from "../../ports/clock.ts";
import type { OutputSink } from "../../ports/spawner.ts";
import type { Runner } from "../unit/runner.ts";

/** One question may take this long. */
const withinMs = 5_000;

const nothing = { write: () => true, drained: () => Promise.resolve() };
const unheard: OutputSink = { stdout: nothing, stderr: nothing };

/** Asks a bot that runs whether it is ready, by a command inside it; settles with why it is not, or with undefined. */
export async function askInside(
  runner: Pick<Runner, "exec">,
  command: readonly string[],
  clock: Clock,
): Promise<string | undefined> {
  const late = new AbortController();
  const cancel = clock.after(withinMs, () => late.abort());
  try {
    const end = await runner.exec({
      command,
      by: undefined,
      terminal: undefined,
      output: unheard,
      onStarted: ({ input }) => void input?.end(),
      gone: late.signal,
    });
    if (end.kind === "refused") return end.why;
    if (late.signal.aborted) return `${command.join(" ")} did not end within ${withinMs / 1_000} s`;
    return end.code === 0 ? undefined : `${command.join(" ")} ended with ${end.code ?? end.signal}`;
  } finally {
    cancel();
  }
}
