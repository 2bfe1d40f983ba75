import {
  accountResource,
  collectorResource,
  type Lease,
  type LeaseResource,
  leaseTimes,
  type SeenLease,
} from "../../../domain/run/lease.ts";
import type { RunnerSettings } from "../../../domain/run/run-settings.ts";
import type { MonotonicMs } from "../../../domain/time.ts";
import { StoreError } from "../../../errors.ts";
import { holdHostLock } from "../../lease/hold-host-lock.ts";
import { type TakeAttempt, type Taking, takeLease } from "../../lease/take-lease.ts";
import type { RunContext } from "../context.ts";
import type { EffectRun } from "../effect-map.ts";
import { beginningRun } from "../run-row.ts";

interface AcquiredLease {
  readonly lease: Lease;
  /** Before the statement that took it was sent: its deadline counts from here. */
  readonly sentAt: MonotonicMs;
}

/** Takes the unit's lease, keeps it renewed and begins the run's row; `onRenewed` hears of each renewal. */
export function acquireLease<Context extends RunContext>(
  onRenewed: (context: Context, deadline: MonotonicMs) => void,
): EffectRun<"acquire-lease", Context> {
  return {
    async run(_effect, context, signal) {
      const { ports, settings, book, dispatch, hold } = context;
      hold.hostLock ??= await holdHostLock(ports, settings);
      const { lease, sentAt } = await acquire(context, signal);
      hold.lease = lease;
      hold.letGo = ports.leases.hold(lease, sentAt, {
        onRenewed: (deadline) => {
          void takeUpKeys(context);
          onRenewed(context, deadline);
        },
        onLost: ({ reason, hint }) => {
          hold.letGo = () => {};
          dispatch({ type: "lease-lost", reason, hint });
        },
      });
      await book.begin(beginningRun(ports, settings));
      return { type: "leased" };
    },
  };
}

/** `keys rotate` waits for the keys that the run's row names. */
export async function takeUpKeys({ ports, book }: RunContext): Promise<void> {
  if (await ports.vault.refresh()) book.note({ keyIds: ports.vault.keyIds });
}

/** What the run holds: the account, or the collector's name (its own row for each when `instances: many`). */
export function resourceOf(settings: RunnerSettings): LeaseResource {
  if ("accountId" in settings) return accountResource(settings.accountId);
  const { name, instances } = settings.unit;
  return collectorResource(name, instances === "many" ? settings.runId : undefined);
}

// Throws StoreError LAUNCH_LEASE_HELD naming host and pid of the run that has it.
async function acquire({ ports, settings, owner }: RunContext, signal: AbortSignal): Promise<AcquiredLease> {
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
