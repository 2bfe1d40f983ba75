import type { Ending } from "../../../policy/machine/state.ts";
import { withTimeout } from "../../waits/with-timeout.ts";
import type { RunContext } from "../context.ts";
import { toldOfEnd } from "../tell-turn.ts";

/** How long a database that hangs may hold up the end. */
const writtenWithinMs = 5_000;

/** Gives everything back: processes, what `giveBack` is for, sockets; then the lease, with the end of the row. */
export async function close(
  context: RunContext,
  ending: Ending,
  giveBack: (isTreeGone: boolean) => Promise<void>,
): Promise<void> {
  const { keeper, recorder, settings, ports, hold, say } = context;
  hold.isGivenBack = true;
  // What cannot be killed may still act for the account: then the lease is left to lapse instead of being given away.
  const isTreeGone = await attempt(context, () => keeper.stop(true));
  await attempt(context, () => giveBack(isTreeGone));
  await attempt(context, () => keeper.close());
  // In its turn, behind what was seen of the run.
  const { lease } = hold;
  const onSending = (): void => ports.leases.leave(settings.runId);
  const givesBack =
    isTreeGone && lease !== undefined ? { launcherId: lease.launcherId, onSending } : undefined;
  const { by, exitStatus: exitCode, reason } = ending;
  recorder.end({ by, exitCode, reason, told: toldOfEnd(settings.unit.kind, ending), givesBack });
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
