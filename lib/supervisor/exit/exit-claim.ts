import type { RunId } from "../../domain/ids.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { ExitLease, SeenLease } from "../../domain/run/lease.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import { InternalError } from "../../errors.ts";
import type { HeldExit, ProvenCandidate } from "../../policy/machine/state.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExitHolder } from "../../ports/store/lease-store.ts";
import { markOf, type TakeAttempt, type TakeProof, takeLease } from "../lease/take-lease.ts";
import type { RunContext } from "../unit/context.ts";
import { report } from "./report-evidence.ts";

type BotParts = RunContext<BotRunnerSettings>;

export type Claim =
  /** `hasWaited`: for a silent holder, or for a database that failed over, for up to a TTL. */
  | { readonly kind: "claimed"; readonly lease: ExitLease; readonly hasWaited: boolean }
  /** Words that follow the label. */
  | { readonly kind: "conflicted"; readonly why: string };

/** Takes the proven exit for the account's venues, or says which account holds it. */
export async function claimExit(
  { ports, settings, say }: BotParts,
  { proxyId, proof: { exitIps }, chosen: { account } }: ProvenCandidate,
  signal: AbortSignal,
): Promise<Claim> {
  const { clock, processes, spawner } = ports;
  const { gone, note } = silenceWatch(clock);
  let blocking: ExitHolder | undefined;

  const attempt = async ({ mark, settledEra }: TakeProof): Promise<TakeAttempt<ExitLease>> => {
    // One holder at a time is proven dead here: another one that still renews must keep refusing.
    if (mark !== undefined && blocking !== undefined) gone.set(blocking.owner.runId, blocking.seen);
    const answer = await ports.store.leases.takeExit({
      exitIps,
      venues: account.venues,
      accountId: account.id,
      groupName: account.groupName,
      proxyId,
      runId: settings.runId,
      seen: gone,
      settledEra,
    });
    if (answer.kind === "taken") return { kind: "held", held: answer.lease };
    if (answer.kind === "settling") return answer;
    note(answer.holders);
    [blocking] = answer.holders;
    if (blocking === undefined)
      throw new InternalError(
        "claim-0001",
        `The exit ${exitIps.join(" and ")} was refused, but nobody holds it.`,
      );
    return { kind: "busy", mark: markOf(blocking), ...blocking };
  };

  let hasWaited = false;
  const onWait: Parameters<typeof takeLease>[0]["onWait"] = (holder, leftMs) => {
    hasWaited = true;
    say(
      "info",
      `waiting for the exit lease of ${exitIps.join(" and ")} on ${holder?.launcher.host ?? "the database, which settles after its fail-over"}, ${Math.ceil(leftMs / 5000) * 5} s`,
    );
  };
  const before = ports.leases.watchExit(settings.runId, undefined);
  const taking = await takeLease({
    attempt,
    clock,
    processes,
    spawner,
    onWait,
    isPatient: false,
    signal,
  });
  ports.leases.watchExit(settings.runId, taking.kind === "held" ? taking.held.token : before);
  if (taking.kind === "held") return { kind: "claimed", lease: taking.held, hasWaited };
  const exitIp = exitIps.find((each) => exitKeyOf(each) === blocking?.exitKey);
  const by = blocking?.accountName ?? "another account";
  return {
    kind: "conflicted",
    why: `leaves from ${exitIp ?? exitIps[0]}, which ${by} holds for ${blocking?.venue ?? "its venue"}`,
  };
}

/** Remembers since when each holder has shown the same lease: those silent for a whole TTL are gone, all in the same time. */
function silenceWatch(clock: Clock) {
  const gone = new Map<RunId, SeenLease>();
  const since = new Map<string, MonotonicMs>();
  const note = (holders: readonly ExitHolder[]): void => {
    const now = clock.monotonicMs();
    for (const holder of holders) {
      const mark = markOf(holder);
      const first = since.get(mark) ?? now;
      since.set(mark, first);
      if (now - first >= holder.ttlMs) gone.set(holder.owner.runId, holder.seen);
    }
  };
  return { gone, note };
}

/** Writes who leaves through which exit from now on. */
export function recordClaim(parts: BotParts, candidate: ProvenCandidate): void {
  const { ports, settings, recorder, hold } = parts;
  const isFirst = !hold.hasHadExit;
  hold.hasHadExit = true;
  const { proof, proxyId, assignmentId, label: proxyLabel } = candidate;
  const { account, facts } = candidate.chosen;
  const { runId } = settings;
  const from = ports.clock.now();
  const { exitIps, reach: exitReach, provenAt: exitProvenAt, country } = proof;
  const [exitIp, secondExitIp] = exitIps;
  report(parts, facts, { kind: "exit-taken" });
  recorder.write(async (store) => {
    if (!isFirst) await store.runs.closeExitUse(runId, from);
    const { id: accountId, venues } = account;
    await store.runs.openExitUse({ accountId, proxyId, exitIps, venues, runId, from });
  });
  recorder.note({
    proxyId,
    proxyLabel,
    assignmentId,
    exitIp,
    secondExitIp,
    exitReach,
    exitProvenAt,
    country,
  });
}

/** Gives the exit back: its lease and its open use. */
export function recordRelease({ ports, settings, recorder }: BotParts, { lease }: HeldExit): void {
  const now = ports.clock.now();
  ports.leases.leaveExit(lease);
  recorder.write(async (store) => {
    await store.leases.releaseExit(lease);
    await store.runs.closeExitUse(settings.runId, now);
  });
}

/** Gives back an exit on which nothing began, before another one is looked for. */
export async function giveBackUnused({ ports }: BotParts, lease: ExitLease): Promise<void> {
  ports.leases.leaveExit(lease);
  await ports.store.leases.releaseExit(lease);
}

/** How long the exit has been held. */
export function cleanMsOf({ heldSinceMs }: HeldExit, clock: Clock): number {
  return clock.monotonicMs() - heldSinceMs;
}
