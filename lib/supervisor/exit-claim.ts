import type { RunId } from "../domain/ids.ts";
import { leaseTimes } from "../domain/lease.ts";
import type { ProvenWay } from "../policy/bot-machine/state.ts";
import type { ExitHolder } from "../ports/store/lease-store.ts";
import type { BotRunnerSettings } from "./runner-settings.ts";
import type { SessionParts } from "./session-parts.ts";
import { type TakeAttempt, takeLease } from "./take-lease.ts";

type BotParts = SessionParts<BotRunnerSettings>;

export type Claim =
  | { readonly kind: "claimed" }
  /** Words that follow the label. */
  | { readonly kind: "conflicted"; readonly why: string };

/** Takes the proven exit for the account's venues, or says which account holds it. */
export async function claimExit(
  { ports, settings, owner, say }: BotParts,
  way: ProvenWay,
  signal: AbortSignal,
): Promise<Claim> {
  const { account } = settings;
  const { exitIp } = way.proof;
  const gone = new Map<RunId, number>();
  let blocking: ExitHolder | undefined;

  const attempt = async (proof: string | undefined): Promise<TakeAttempt<true>> => {
    // One holder at a time is proven gone: another one that still renews must keep refusing.
    if (proof !== undefined && blocking !== undefined) gone.set(blocking.owner.runId, blocking.beat);
    const answer = await ports.store.leases.takeExit({
      exitIp,
      venues: account.venues,
      accountId: account.id,
      groupName: account.groupName,
      proxyId: way.proxyId,
      owner,
      ttlMs: leaseTimes.ttlMs,
      seen: gone,
    });
    if (answer.kind === "taken") return { kind: "held", held: true };
    const [first, ...others] = answer.holders;
    blocking =
      [first, ...others].find(
        (holder) => holder !== undefined && gone.get(holder.owner.runId) !== holder.beat,
      ) ?? first;
    if (blocking === undefined) return { kind: "held", held: true };
    const { owner: holder, beat, ttlMs } = blocking;
    return { kind: "busy", owner: holder, beats: `${holder.runId}:${beat}`, ttlMs };
  };

  const onWait: Parameters<typeof takeLease>[0]["onWait"] = (holder, leftMs) =>
    say(
      "info",
      `waiting for the exit lease of ${exitIp} on ${holder.launcher.host}, ${Math.ceil(leftMs / 5000) * 5} s`,
    );
  const { clock, processes, spawner } = ports;
  const taking = await takeLease({ attempt, clock, processes, spawner, onWait, signal });
  if (taking.kind === "held") return { kind: "claimed" };
  const by = blocking?.accountName ?? "another account";
  return {
    kind: "conflicted",
    why: `leaves from ${exitIp}, which ${by} holds for ${blocking?.venue ?? "its venue"}`,
  };
}

/** Writes who leaves through which exit from now on. */
export function recordClaim(
  { ports, settings, book }: BotParts,
  { proof, proxyId, assignmentId, label: proxyLabel }: ProvenWay,
): void {
  const { account, runId } = settings;
  const from = ports.clock.now();
  const { exitIp, reach: exitReach, provenAt: exitProvenAt, country } = proof;
  book.write(async (store) => {
    await store.accounts.updateAssignment(assignmentId, { status: "active", lastLeasedAt: from });
    await store.runs.openExitUse({
      accountId: account.id,
      proxyId,
      exitIp,
      venues: account.venues,
      runId,
      from,
    });
  });
  book.note({ proxyId, proxyLabel, assignmentId, exitIp, exitReach, exitProvenAt, country });
}

/** Gives the exit back: its lease, its open use, and the assignment's summary when nothing worse is to be written. */
export function recordRelease(
  { ports, settings, book }: BotParts,
  left: { readonly way: ProvenWay; readonly becomesStandby: boolean },
): void {
  const { runId } = settings;
  book.write(async (store) => {
    await store.leases.releaseExits(runId);
    await store.runs.closeExitUse(runId, ports.clock.now());
    if (left.becomesStandby)
      await store.accounts.updateAssignment(left.way.assignmentId, { status: "standby" });
  });
}
