import { botKey } from "../../../lib/domain/run/unit-key.ts";
import { itemAt, itemsAt, keyOfExit } from "../../support/memory-store/rows.ts";
import { directIpOf } from "../around/truth.ts";
import type { WorldProcess } from "../host/bots.ts";
import { wallStartMs } from "../time/host-clock.ts";
import type { Judge, Machine, Sent, World } from "../world.ts";
import { judgeEnd } from "./judge-end.ts";
import { seconds } from "./venue-log.ts";

/** An exit is looked at every 72 s at the latest; then the others are asked, and the bot is stopped. */
const foundOutWithinMs = 110_000;
/** What was so for that long when a bot came to an exit was seen before. */
const seenBeforeMs = 12_000;
/** A renewal every 4 s reads what operators say; a stop takes its grace. */
const obeyedWithinMs = 45_000;
const provenWithinMs = 15 * 60_000;
/** A message is on its way for so long at most, whatever becomes of its sender meanwhile. */
const arrivesWithinMs = 2_500;

/** The judge of one world. */
export function openJudge(world: () => World): Judge {
  const alive = new Map<string, { readonly process: WorldProcess; readonly machine: Machine }[]>();
  const exits = new Map<number, string>();
  /** By run: through which proxy it sends, and since when. */
  const arrivals = new Map<string, { readonly label: string; readonly atMs: number }>();
  /** When each was carried out. */
  const asked = new Map<string, number>();
  const delivered = new Map<string, { readonly by: number; readonly atMs: number }>();
  const fault = (text: string): void => {
    const { log, time } = world();
    log.fault(time.nowMs(), text);
  };
  return {
    started(process, machine) {
      const others = alive.get(process.account) ?? [];
      const wokeAtMs = world().troubles.thawedAtMs.get(machine.host);
      for (const other of others) {
        // What is cut off lives on for a moment, and sends nothing.
        const isHere = other.machine === machine || isCared(other);
        // One that wakes may begin what was due long ago; the deadline of its lease ends it in the same moment, behind a shut gate.
        const isWaking = wokeAtMs === world().time.nowMs();
        if (isHere && !isWaking && !isExcused(world(), other.machine))
          fault(
            `${process.account} has two processes: ${other.process.pid} on ${other.machine.host} lives, and ${process.pid} was started on ${machine.host}`,
          );
      }
      alive.set(process.account, [...others, { process, machine }]);
    },
    ended(process) {
      const left = (alive.get(process.account) ?? []).filter((each) => each.process !== process);
      alive.set(process.account, left);
    },
    isDrifted(label, { runId }) {
      const { time, truth } = world();
      const before = arrivals.get(runId);
      const arrival = before?.label === label ? before : { label, atMs: time.nowMs() };
      arrivals.set(runId, arrival);
      // Who comes there proves the exit a moment before; a process that follows another one goes on there.
      const changedAtMs = truth.changedAtMs.get(label) ?? Number.NEGATIVE_INFINITY;
      return changedAtMs > arrival.atMs - seenBeforeMs && isChanged(world(), label, foundOutWithinMs);
    },
    beforeRequest(sent) {
      const before = exits.get(sent.process.pid);
      exits.set(sent.process.pid, sent.way.exitIp);
      for (const trouble of wrongWith(world(), sent, before)) fault(trouble);
    },
    answered(unitKey, { verb, by }, { isDone }) {
      const { log, time } = world();
      log.note(time.nowMs(), `asked ${verb} ${unitKey} ${by} ${isDone}`);
      if (!isDone) return;
      // Every command of this world has a name of its own.
      const key = `${unitKey} ${verb} ${by}`;
      const beforeMs = asked.get(key);
      if (beforeMs !== undefined && !isForgotten(world(), beforeMs))
        fault(`the request ${verb} of ${by} was carried out twice`);
      asked.set(key, time.nowMs());
    },
    delivered({ id, kind, mayHaveArrived, content }, by) {
      const { log, time, troubles } = world();
      log.note(time.nowMs(), `told ${id} ${kind} ${content.title}`);
      const before = delivered.get(id);
      delivered.set(id, { by, atMs: time.nowMs() });
      if (before === undefined) return;
      // A fail-over that forgets forgets also who was about to send it.
      const sentMs = before.atMs - arrivesWithinMs;
      const isExcused =
        troubles.lossesMs.some((atMs) => atMs >= before.atMs - 5_000) ||
        (mayHaveArrived &&
          (troubles.databaseUntilMs >= sentMs ||
            troubles.frozenUntilMs >= sentMs ||
            troubles.launcherKilledMs.some((atMs) => atMs >= sentMs)));
      if (!isExcused) fault(`the message ${id} was sent twice, first at ${seconds(before.atMs)}`);
    },
    atTheEnd: () => judgeEnd(world(), new Set(delivered.keys()), fault),
  };
}

// Its launcher lives and runs: it should have ended the process, or never let the other one begin.
function isCared({
  process,
  machine,
}: {
  readonly process: WorldProcess;
  readonly machine: Machine;
}): boolean {
  const { present } = machine;
  if (present === undefined || present.isFrozen) return false;
  return present.identity.startTicks <= process.startedAtMs;
}

function isExcused({ time, troubles }: World, machine: Machine): boolean {
  // It stops what it lost within the grace of a stop.
  const recently = time.nowMs() - 20_000;
  return (troubles.thawedAtMs.get(machine.host) ?? 0) > recently;
}

/** Whether the database may have forgotten what was written then. */
function isForgotten({ troubles }: World, atMs: number): boolean {
  return troubles.lossesMs.some((lostMs) => lostMs >= atMs && lostMs <= atMs + 15_000);
}

function wrongWith(world: World, sent: Sent, before: string | undefined): readonly string[] {
  const { account, way, machine, launcher } = sent;
  const { exitIp, label } = way;
  const who = `${account.name} sent to ${sent.venue} from ${exitIp} (${label})`;
  const isLogin = before === undefined;
  const isChange = !isLogin && before !== exitIp;
  const found: string[] = [];
  const hasHadTime = !isChanged(world, label, isLogin ? seenBeforeMs : foundOutWithinMs);
  if (exitIp === directIpOf(machine.host) && hasHadTime) found.push(`${who}, the host's own address`);
  if (account.registered?.includes(exitIp) === false && hasHadTime)
    found.push(`${who}, which is not registered for it`);
  const { provenAgoMs } = launcher.net;
  const isProven =
    provenAgoMs(label, exitIp, 1) <= provenWithinMs && provenAgoMs(label, exitIp, 2) <= 4 * provenWithinMs;
  if (!isProven && (isLogin || isChange || isChanged(world, label, 2 * foundOutWithinMs)) && hasHadTime)
    found.push(`${who}, which nobody has proven`);
  const isArrival = (isLogin || isChange) && hasHadTime;
  return [...found, ...againstTheRows(world, sent, { who, isLogin: isLogin && hasHadTime, isArrival })];
}

// What a vendor changed a moment ago nobody can have found out, nor while no witness could be asked.
function isChanged({ truth, time, troubles }: World, label: string, withinMs: number): boolean {
  const changedAtMs = truth.changedAtMs.get(label);
  if (changedAtMs === undefined) return false;
  return (
    time.nowMs() -
      Math.max(
        changedAtMs,
        truth.backAtMs.get(label) ?? 0,
        troubles.witnessUntilMs,
        troubles.databaseUntilMs,
        troubles.frozenUntilMs,
      ) <=
    withinMs
  );
}

// What operators and verdicts say, as the database has it.
function againstTheRows(
  { memory, time, troubles, judgedSince }: World,
  { account, way, venue, process, machine }: Sent,
  {
    who,
    isLogin,
    isArrival,
  }: { readonly who: string; readonly isLogin: boolean; readonly isArrival: boolean },
): readonly string[] {
  const { state } = memory;
  const nowMs = wallStartMs + time.nowMs();
  const found: string[] = [];
  const isObeyed = (sinceMs: number) =>
    time.nowMs() - Math.max(sinceMs, troubles.databaseUntilMs, troubles.frozenUntilMs) <= obeyedWithinMs;
  const heldSince = judgedSince.get(`hold ${account.name}`);
  if (heldSince !== undefined && !isObeyed(heldSince))
    found.push(`${who}, and is held since ${seconds(heldSince)}`);
  const downSince = judgedSince.get(`down ${account.name}`);
  if (downSince !== undefined && !isObeyed(downSince))
    found.push(`${who}, and was stopped at ${seconds(downSince)}`);
  const offSince = judgedSince.get(`off ${way.label}`);
  if (offSince !== undefined && !isObeyed(offSince))
    found.push(`${who}, and that proxy was disabled at ${seconds(offSince)}`);
  // How long something lasts still is for the clock of the host to say.
  const { offMs, setAtMs } = machine.wall;
  if (offMs !== 0 || time.nowMs() - setAtMs < 60_000) return found;
  const uses = itemsAt(state.exitUses, "account", ({ accountId }) => accountId, account.id);
  const use = uses.findLast(({ until }) => until === undefined);
  const key = keyOfExit(way.exitIp);
  const burned = itemsAt(state.reputations, "exit", ({ exitKey }) => exitKey, key).find(
    (row) => row.venue === venue && row.state === "burned",
  );
  // What was known for a while when the exit was chosen; a new process on an exit that was taken before goes on there.
  if (isArrival && use?.exitIps.includes(way.exitIp) === true && burned !== undefined)
    if (burned.since < use.from - 10_000 && use.from <= nowMs && (burned.untilAt ?? Infinity) > nowMs)
      // A host that chose it while its clock was ahead took the ban for over.
      found.push(`${who}, which is burned there since ${Math.round((nowMs - burned.since) / 1_000)} s`);
  if (!isLogin) return found;
  const proxy = itemAt(state.proxies, "label", ({ label }) => label, way.label);
  const assignment = itemsAt(state.assignments, "account", (row) => row.accountId, account.id).find(
    (row) => row.proxyId === proxy?.id,
  );
  const lease = itemAt(state.leases, "unit", ({ unitKey }) => unitKey, botKey(account.id));
  const exit = itemsAt(state.exits, "exit", ({ exitKey }) => exitKey, key).find(
    (row) => row.accountId === account.id,
  );
  const isRecent = time.nowMs() - process.startedAtMs < 10_000;
  const isLossy = troubles.lossesMs.some((atMs) => atMs > time.nowMs() - 20_000);
  if (isRecent && !isLossy && lease?.runId !== process.runId) found.push(`${who}, without holding its lease`);
  if (isRecent && !isLossy && exit === undefined && !found.length)
    found.push(`${who}, without holding that exit`);
  const cooling = assignment?.status === "cooling" && (assignment.cooldownUntil ?? 0) > nowMs + 5_000;
  const isTaken = uses.some((use) => use.until === undefined && use.from < nowMs - 30_000);
  // A bot that was on its way is told by its next renewal.
  const isOnItsWay = isObeyed(judgedSince.get(`demote ${account.name} ${way.label}`) ?? -Infinity);
  if (isRecent && cooling && !isOnItsWay && !isTaken && assignment.lastLeasedAt !== undefined)
    found.push(
      `${who}, whose cooldown ends in ${Math.round(((assignment.cooldownUntil ?? 0) - nowMs) / 1_000)} s`,
    );
  return found;
}
