import {
  accountResource,
  collectorResource,
  type Lease,
  type LeaseOwner,
  type LeaseResource,
  leaseTimes,
  type SeenLease,
} from "../../domain/run/lease.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import { StoreError } from "../../errors.ts";
import type { RunnerPorts } from "../runner-ports.ts";
import type { RunnerSettings } from "../runner-settings.ts";
import { type TakeAttempt, type Taking, takeLease } from "./take-lease.ts";

export interface AcquiredLease {
  readonly lease: Lease;
  /** Before the statement that took it was sent: its deadline counts from here. */
  readonly sentAt: MonotonicMs;
}

/** What the run holds: the account, or the collector's name (its own row for each when `instances: many`). */
export function resourceOf(settings: RunnerSettings): LeaseResource {
  if ("account" in settings) return accountResource(settings.account.id);
  const { name, instances } = settings.unit;
  return collectorResource(name, instances === "many" ? settings.runId : undefined);
}

/** Takes the unit's lease; throws StoreError LAUNCH_LEASE_HELD naming host and pid of the run that has it. */
export async function acquireLease(
  ports: RunnerPorts,
  settings: RunnerSettings,
  owner: LeaseOwner,
  signal: AbortSignal,
): Promise<AcquiredLease> {
  const { clock, journal, store } = ports;
  const { kind, name } = settings.unit;
  const resource = resourceOf(settings);
  let busy: SeenLease | undefined;
  let lastSaidS = Number.POSITIVE_INFINITY;

  const attempt = async (proof: string | undefined): Promise<TakeAttempt<AcquiredLease>> => {
    const sentAt = clock.monotonicMs();
    const seen = proof === undefined ? undefined : busy;
    const answer = await store.leases.acquire({ resource, owner, ttlMs: leaseTimes.ttlMs, seen });
    if (answer.kind === "held") return { kind: "held", held: { lease: answer.lease, sentAt } };
    busy = answer.seen;
    const { token, beat } = answer.seen;
    return { kind: "busy", owner: answer.owner, beats: `${token}:${beat}`, ttlMs: answer.ttlMs };
  };

  const taking = await takeLease({
    attempt,
    clock,
    processes: ports.processes,
    spawner: ports.spawner,
    onWait: (holder, leftMs) => {
      const leftS = Math.ceil(leftMs / 1000);
      if (lastSaidS - leftS < 5 && leftS <= lastSaidS) return;
      lastSaidS = leftS;
      const text = `waiting for the lease of ${holder.launcher.host}, ${leftS} s`;
      journal.say({ level: "info", unit: name, text });
    },
    isPatient: true,
    signal,
  });
  if (taking.kind === "held") return taking.held;
  const { host, pid } = taking.owner.launcher;
  // A stopped process would keep the signal of a plain `kill` pending.
  const isStopped = taking.isAliveHere && ports.processes.isStopped(pid);
  throw new StoreError(
    "LAUNCH_LEASE_HELD",
    `The ${kind} "${name}" already runs on ${host} (launcher pid ${pid}${isStopped ? ", stopped" : ""}).`,
    { hint: hintFor(taking, isStopped) },
  );
}

function hintFor({ owner, isAliveHere }: Taking<unknown> & { kind: "refused" }, isStopped: boolean): string {
  const { host, pid } = owner.launcher;
  if (!isAliveHere) return `Run \`launch ps\`; stop it on ${host}.`;
  return isStopped
    ? `It was stopped (SIGSTOP, Ctrl-Z or a debugger): wake it with \`kill -CONT ${pid}\`, or end it with \`kill -KILL ${pid}\`.`
    : `Run \`launch ps\`; stop the other with \`kill ${pid}\`.`;
}
