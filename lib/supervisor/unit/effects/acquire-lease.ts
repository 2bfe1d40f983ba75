import { hintAboutMove, whyNotHome } from "../../../domain/database/database-move.ts";
import type { Lease, LeaseSlot, SeenLease } from "../../../domain/run/lease.ts";
import type { Run } from "../../../domain/run/run.ts";
import type { LauncherPlace, RunnerSettings } from "../../../domain/run/run-settings.ts";
import { botKey, collectorKey } from "../../../domain/run/unit-key.ts";
import type { MonotonicMs } from "../../../domain/time.ts";
import { ConfigError, StoreError } from "../../../errors.ts";
import type { Store } from "../../../ports/store/store.ts";
import { holdHostLock, suspendedHint } from "../../lease/hold-host-lock.ts";
import { markOf, type TakeAttempt, type TakeProof, type Taking, takeLease } from "../../lease/take-lease.ts";
import type { RunContext } from "../context.ts";
import type { EffectRun } from "../effect-map.ts";
import type { RunnerPorts } from "../ports.ts";
import { beginningRun } from "../run-row.ts";
import { tellingOfLeft } from "../tell-outlived.ts";

interface AcquiredLease {
  readonly lease: Lease;
  /** Its row began with the lease. */
  readonly run: Run;
  /** Before the statement that took it was sent: its deadline counts from here. */
  readonly sentAt: MonotonicMs;
}

/** Takes the unit's lease with the run's row, and keeps it renewed; `onRenewed` hears of each renewal. */
export function acquireLease<Context extends RunContext>(
  onRenewed: (context: Context, deadline: MonotonicMs) => void,
): EffectRun<"acquire-lease", Context> {
  return {
    async run(_effect, context, signal) {
      const { ports, settings, recorder, dispatch, hold } = context;
      const spawner = tellingOfLeft(context);
      hold.hostLock ??= await holdHostLock({ ...ports, spawner }, settings);
      ports.leases.enter(settings.runId);
      const { lease, run, sentAt } = await acquire(context, signal).catch((error: unknown) => {
        ports.leases.leave(settings.runId);
        throw error;
      });
      if (hold.isGivenBack) {
        // The answer came after the end: a renewal frees what its launcher knows no run for.
        ports.leases.leave(settings.runId);
        throw new StoreError("LAUNCH_STORE_UNREACHABLE", "The lease came after the run had ended.");
      }
      hold.lease = lease;
      recorder.begin(run);
      // Asked before what each renewal asks.
      const home = refuseMoved(ports.store, settings.place);
      home.catch(() => {});
      ports.leases.hold(lease, sentAt, {
        onRenewed: (deadline) => {
          context.vitals.leaseUntil = deadline;
          void takeUpKeys(context);
          onRenewed(context, deadline);
          context.hooks.onRenewed();
        },
        onLost: ({ reason, hint }) => dispatch({ type: "lease-lost", reason, hint }),
      });
      await home;
      return { type: "leased" };
    },
  };
}

/** `keys rotate` waits for the keys that the launcher's row names. */
export async function takeUpKeys({ ports, recorder }: RunContext): Promise<void> {
  if (await ports.vault.refresh()) recorder.write(() => ports.leases.keysChanged(ports.vault.keyIds));
}

// Throws StoreError LAUNCH_LEASE_HELD naming host and pid of the run that has it.
async function acquire(context: RunContext, signal: AbortSignal): Promise<AcquiredLease> {
  const { ports, settings } = context;
  const { journal } = ports;
  const { kind, name } = settings.unit;
  let lastSaidS = Number.POSITIVE_INFINITY;

  const taking = await takeLease({
    attempt: attemptOf(ports, settings),
    clock: ports.clock,
    processes: ports.processes,
    spawner: tellingOfLeft(context),
    onWait: (holder, leftMs) => {
      const leftS = Math.ceil(leftMs / 1000);
      if (lastSaidS - leftS < 5 && leftS <= lastSaidS) return;
      lastSaidS = leftS;
      const what =
        holder === undefined
          ? "the database to settle after its fail-over"
          : `the lease of ${holder.launcher.host}`;
      journal.say({ level: "info", unit: name, text: `waiting for ${what}, ${leftS} s` });
    },
    isPatient: true,
    isWatched: context.hooks.isWatched === true,
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

// What the run holds: the account, or the collector's name, with an instance of its own for each run of `instances: many`.
function slotOf(settings: RunnerSettings): LeaseSlot {
  if ("accountId" in settings) return { unitKey: botKey(settings.accountId), instance: "" };
  const { name, instances } = settings.unit;
  return { unitKey: collectorKey(name), instance: instances === "many" ? settings.runId : "" };
}

function attemptOf(ports: RunnerPorts, settings: RunnerSettings) {
  const { clock, leases, store } = ports;
  const slot = slotOf(settings);
  const { runId } = settings;
  let busy: SeenLease | undefined;
  return async ({ mark, settledEra }: TakeProof): Promise<TakeAttempt<AcquiredLease>> => {
    for (;;) {
      const launcherId = await leases.launcherId();
      const sentAt = clock.monotonicMs();
      const seen = mark === undefined ? undefined : busy;
      const run = beginningRun(ports, settings, launcherId);
      const asked = { ...slot, runId, launcherId, seen, settledEra, begins: run };
      const answer = await store.leases.acquire(asked);
      if (answer.kind === "held") return { kind: "held", held: { lease: answer.lease, run, sentAt } };
      if (answer.kind === "settling") return answer;
      if (answer.kind === "busy") {
        busy = answer.holder.seen;
        return { kind: "busy", mark: markOf(answer.holder), ...answer.holder };
      }
      leases.renounce(launcherId);
    }
  };
}

function hintFor({ owner, isAliveHere }: Taking<unknown> & { kind: "refused" }, isStopped: boolean): string {
  const { host, pid } = owner.launcher;
  if (!isAliveHere) return `Run \`launch ps\`; stop it on ${host}.`;
  return isStopped ? suspendedHint(pid) : `Run \`launch ps\`; stop the other with \`kill ${pid}\`.`;
}

/**
 * Starts nothing on a database whose facts are elsewhere, unless the operator insists. Asked once the run's row is there: `db
 * move` says that it begins and then looks for runs, so that one of the two sees the other.
 */
export async function refuseMoved(store: Pick<Store, "moves">, place: LauncherPlace): Promise<void> {
  if (place.mayBeMoved) return;
  const move = await store.moves.read();
  const why = whyNotHome(move);
  if (move === undefined || why === undefined) return;
  throw new ConfigError("LAUNCH_DATABASE_MOVED", `Nothing starts on the database ${place.database}. ${why}`, {
    hint: `${hintAboutMove(move)} --force starts it anyway.`,
  });
}
