import type { RunId } from "../domain/ids.ts";
import { type LeaseOwner, leaseTimes } from "../domain/lease.ts";
import type { BotEvent } from "../policy/bot-machine/event.ts";
import type { ProvenWay } from "../policy/bot-machine/state.ts";
import type { ExitHolder } from "../ports/store/lease-store.ts";
import type { RunBook } from "./run-book.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { BotRunnerSettings } from "./runner-settings.ts";
import { type TakeAttempt, takeLease } from "./take-lease.ts";

/** Takes the proven exit for the account's venues, or says which account holds it. */
export async function claimExit(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  owner: LeaseOwner,
  claim: { readonly way: ProvenWay; readonly signal: AbortSignal },
): Promise<{ readonly event: BotEvent; readonly holder?: ExitHolder }> {
  const { account, unit } = settings;
  const { way, signal } = claim;
  const gone = new Map<RunId, number>();
  let blocking: ExitHolder | undefined;

  const attempt = async (proof: string | undefined): Promise<TakeAttempt<true>> => {
    if (proof !== undefined && blocking !== undefined) gone.set(blocking.owner.runId, blocking.beat);
    const answer = await ports.store.leases.takeExit({
      exitIp: way.proof.exitIp,
      venues: account.venues,
      accountId: account.id,
      groupName: account.groupName,
      proxyId: way.proxyId,
      owner,
      ttlMs: leaseTimes.ttlMs,
      seen: gone,
    });
    if (answer.kind === "taken") return { kind: "held", held: true };
    blocking =
      answer.holders.find((holder) => gone.get(holder.owner.runId) !== holder.beat) ?? answer.holders[0];
    if (blocking === undefined) return { kind: "held", held: true };
    return {
      kind: "busy",
      owner: blocking.owner,
      beats: `${blocking.owner.runId}:${blocking.beat}`,
      ttlMs: blocking.ttlMs,
    };
  };

  const taking = await takeLease({
    attempt,
    clock: ports.clock,
    processes: ports.processes,
    spawner: ports.spawner,
    onWait: (holder, leftMs) => {
      const text = `waiting for the exit lease of ${way.proof.exitIp} on ${holder.launcher.host}, ${Math.ceil(leftMs / 1000)} s`;
      ports.journal.say({ level: "info", unit: unit.name, text });
    },
    signal,
  });
  if (taking.kind === "held") return { event: { type: "claimed" } };
  const reason = `${way.label} leaves from ${way.proof.exitIp}, which ${blocking?.accountName ?? "another account"} holds for ${blocking?.venue ?? "its venue"}`;
  return blocking === undefined
    ? { event: { type: "conflicted", reason } }
    : { event: { type: "conflicted", reason }, holder: blocking };
}

/** Writes who leaves through which exit from now on. */
export function recordClaim(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  book: RunBook,
  way: ProvenWay,
): void {
  const { account, runId } = settings;
  const from = ports.clock.now();
  const { proof, proxyId, assignmentId, label } = way;
  book.write(async (store) => {
    await store.accounts.updateAssignment(assignmentId, { status: "active", lastLeasedAt: from });
    await store.runs.openExitUse({
      accountId: account.id,
      proxyId,
      exitIp: proof.exitIp,
      venues: account.venues,
      runId,
      from,
    });
  });
  book.note({
    proxyId,
    proxyLabel: label,
    assignmentId,
    exitIp: proof.exitIp,
    exitReach: proof.reach,
    exitProvenAt: proof.provenAt,
    country: proof.country,
  });
}

/** Gives the exit back: its lease, its open use, and the assignment's summary when nothing worse was written. */
export function recordRelease(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  book: RunBook,
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
