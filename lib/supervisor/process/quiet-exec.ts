import type { ExecRequest } from "../../ports/operator-channel.ts";
import type { OutputSink } from "../../ports/spawner.ts";

const nothing = { write: () => true, drained: () => Promise.resolve() };
const unheard: OutputSink = { stdout: nothing, stderr: nothing };

/** A command that a launcher itself runs inside a bot: without input, and nobody reads what it prints. */
export function quietExec(command: readonly string[], gone: AbortSignal): ExecRequest {
  return {
    command,
    by: undefined,
    terminal: undefined,
    output: unheard,
    onStarted: ({ input }) => void input?.end(),
    gone,
  };
}
