import type { Ending } from "../../../policy/machine/state.ts";
import { withTimeout } from "../../lease/with-timeout.ts";
import type { RunContext } from "../context.ts";
import { tellEnd } from "../tell-turn.ts";

/** How long a database that hangs may hold up the end. */
const writtenWithinMs = 5_000;

/** Gives everything back: processes, what `giveBack` is for, sockets, lease; then the row is ended. */
export async function close(
  context: RunContext,
  ending: Ending,
  giveBack: (isTreeGone: boolean) => Promise<void>,
): Promise<void> {
  const { keeper, recorder, settings, ports, hold, say } = context;
  // What cannot be killed may still act for the account: then the lease is left to lapse instead of being given away.
  const isTreeGone = await attempt(context, () => keeper.stop(true));
  await attempt(context, () => giveBack(isTreeGone));
  await attempt(context, () => keeper.close());
  tellEnd(context, ending);
  recorder.end({ by: ending.by, exitCode: ending.exitStatus, reason: ending.reason });
  const { lease } = hold;
  // In its turn: whoever takes the lease ends a row that has no end yet.
  if (isTreeGone && lease !== undefined) {
    recorder.write((store) => {
      ports.leases.leave(settings.runId);
      return store.leases.release(settings.runId, lease.launcherId);
    });
  }
  if (!(await withTimeout(ports.clock, writtenWithinMs, recorder.settled())))
    say("warning", "the database does not take the end of this run; its lease runs out by itself");
  ports.leases.abandon(settings.runId);
  const { hostLock } = hold;
  await attempt(context, async () => hostLock?.release(isTreeGone ? [] : [settings.runId, ...hostLock.left]));
}

// One thing that cannot be given back must not keep the others.
async function attempt({ say }: RunContext, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say("error", `could not give everything back: ${why}`);
    return false;
  }
}
