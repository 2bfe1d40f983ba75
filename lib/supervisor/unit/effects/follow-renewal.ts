import type { MonotonicMs } from "../../../domain/time.ts";
import { cooldownTimes } from "../../../policy/cooldown.ts";
import { cleanMsOf } from "../../exit/exit-claim.ts";
import { report } from "../../exit/report-evidence.ts";
import type { BotContext } from "./bot-context.ts";

/** What a bot does at each renewal of its lease: the relay shuts by itself at the deadline unless told a later one. */
export function followRenewal(context: BotContext, deadline: MonotonicMs): void {
  context.relay.setDeadline(deadline);
  context.watch.lookForLeak();
  context.traffic.follow();
  void followChanges(context);
  recoverWhenDue(context);
}

// The change feed, for as long as the exit is held: also while the bot waits for its restart, or off an exit for leave to take another.
async function followChanges(context: BotContext): Promise<void> {
  const { exit, waitsOff, recorder, seeker, dispatch, renewals } = context;
  const [held, left] = [exit(), waitsOff()];
  if ((held ?? left) === undefined || renewals.isFollowing) return;
  renewals.isFollowing = true;
  try {
    // What was written at the claim is part of the facts that count.
    await recorder.settled();
    const word = held && (await seeker.operatorWordOn(held));
    if (word !== undefined && exit()?.lease === held?.lease) dispatch(word);
    const returned = left && (await seeker.returnOf(left));
    if (returned === undefined || waitsOff()?.proxyId !== returned.proxyId) return;
    const { reason: message, proxyId } = returned;
    recorder.record({ kind: "exit.returned", severity: "info", message, proxyId });
    dispatch(returned);
  } catch {
    // The renewal itself tells about an unreachable database, and its deadline decides.
  } finally {
    renewals.isFollowing = false;
  }
}

function recoverWhenDue(context: BotContext): void {
  const held = context.exit();
  const { renewals } = context;
  if (held === undefined || renewals.recovered === held.heldSinceMs) return;
  const cleanMs = cleanMsOf(held, context.ports.clock);
  if (cleanMs < cooldownTimes.probationMs) return;
  renewals.recovered = held.heldSinceMs;
  report(context, held.chosen.facts, { kind: "exit-clean", cleanMs });
}
