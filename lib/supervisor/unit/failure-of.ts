import { hostLimit } from "../../domain/host-limit.ts";
import { LaunchError } from "../../errors.ts";
import type { EventOf } from "../../policy/machine/event.ts";

/** What an error means for a run: our own by its code, a limit of this host as such, and any other as a fault of ours. */
export function failureOf(error: unknown): Omit<EventOf<"task-failed">, "type"> {
  const known = error instanceof LaunchError ? error : hostLimit(error);
  if (known !== undefined) {
    const { message: reason, exitStatus, code, hint } = known;
    return { reason, exitStatus, code, hint };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { reason, exitStatus: 70, code: "LAUNCH_INTERNAL", hint: undefined };
}
