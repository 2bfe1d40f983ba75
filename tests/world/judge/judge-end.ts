import { signalsOf } from "../../../lib/policy/alerts/read-event.ts";
import type { Runner } from "../../../lib/supervisor/unit/runner.ts";
import { wallStartMs } from "../time/host-clock.ts";
import type { World } from "../world.ts";
import { type Session, seconds } from "./venue-log.ts";

type Fault = (text: string) => void;

/** What can be told only once everything has been quiet for a while. */
export function judgeEnd(world: World, delivered: ReadonlySet<string>, fault: Fault): void {
  judgeRuns(world, fault);
  judgeSwitches(world, fault);
  judgeBlame(world, fault);
  judgeAlerts(world, delivered, fault);
  judgePermits(world, fault);
}

// Every account that is wanted runs once.
function judgeRuns({ machines, layout, proxies, log, time }: World, fault: Fault): void {
  const living = machines.flatMap(({ processes }) => [...processes.all].filter(({ isHook }) => !isHook));
  for (const { name, venues } of layout.accounts) {
    const count = living.filter(({ account }) => account === name).length;
    const units = machines.flatMap(({ host, present }) =>
      (present?.desk.units ?? [])
        .filter((unit) => unit.settled.name === name)
        .map(
          (unit) =>
            `${host}: ${unit.state.kind} ${"why" in unit.state ? unit.state.why : ""}${phaseOf(unit.runner)}`,
        ),
    );
    // A bot whose switches are spent stands still until they are not: so it is written in docs/rotation.md.
    const isOutOfBudget = units.some((unit) => unit.includes("planned switches"));
    if (count > 1 || (count === 0 && !isOutOfBudget && !units.some((unit) => isOutOfExits(unit, proxies))))
      fault(`after the quiet ${name} runs ${count} times: ${units.join("; ")}`);
    const last = log.sessions.findLast(({ account, venue }) => account === name && venue === venues[0]);
    if (count === 1 && (last === undefined || last.lastMs < time.nowMs() - 60_000))
      fault(`after the quiet ${name} runs and sends nothing: ${units.join("; ")}`);
  }
}

// Each exit that the account may use is another account's, not on the venue's list, banned there, or hides nobody: only an operator or time
// ends that.
function isOutOfExits(unit: string, proxies: World["proxies"]): boolean {
  // The last words are the run's own; those before say what it met when it was started.
  const candidates =
    unit
      .split(" has no usable proxy: ")
      .slice(1)
      .at(-1)
      ?.split(/, (?=p-\d)/) ?? [];
  return (
    candidates.length > 0 &&
    candidates.every(
      (each) =>
        /has its exit IP held by|is not registered|is burned at/.test(each) ||
        proxies.get(each.split(" ")[0] ?? "")?.isTransparent === true,
    )
  );
}

function phaseOf(runner: Runner | undefined): string {
  if (runner === undefined) return "";
  const { state } = runner;
  return ` (${state.phase}${"reason" in state ? `: ${state.reason}` : ""})`;
}

// Why a bot left an exit can be read for ever: an event of its run, and what was seen or asked.
function judgeSwitches({ log, memory, troubles }: World, fault: Fault): void {
  const { events, evidence, permits } = memory.state;
  const last = new Map<string, Session>();
  for (const session of log.sessions) {
    const key = `${session.account} ${session.venue}`;
    const before = last.get(key);
    last.set(key, session);
    if (before === undefined || before.runId !== session.runId || before.process === session.process)
      continue;
    if (before.label === session.label) continue;
    const [fromMs, toMs] = [before.lastMs - 180_000, session.fromMs];
    const isWithin = (at: number) => at - wallStartMs >= fromMs && at - wallStartMs <= toMs + 10_000;
    const isForgotten = troubles.lossesMs.some((atMs) => atMs > fromMs && atMs < toMs + 60_000);
    const isStepped = troubles.steppedMs.some((atMs) => atMs < toMs);
    const isCut =
      troubles.launcherKilledMs.some((atMs) => atMs >= before.lastMs && atMs <= toMs + 30_000) ||
      troubles.databaseAway.some(
        ({ fromMs: from, untilMs }) => untilMs >= before.lastMs - 20_000 && from <= toMs + 20_000,
      );
    if (isForgotten || isStepped || isCut) continue;
    const words = `${session.account} moved from ${before.label} to ${session.label} at ${seconds(toMs)}`;
    const told = events.filter(({ event }) => event.runId === session.runId && isWithin(event.at));
    const left = told.find(({ event }) => event.kind === "exit.left");
    if (left === undefined) fault(`${words}, and no event says why`);
    const isLost = told.some(({ event }) => event.kind === "exit.lost");
    const isAsked = events.some(({ event }) => event.actor.startsWith("user:") && isWithin(event.at));
    const isSeen = evidence.some(({ row, storedAt }) => row.runId === session.runId && isWithin(storedAt));
    // A planned switch has its permit, with its cause.
    const isPermitted = permits.some(({ at, kind }) => kind === "planned" && isWithin(at));
    if (left !== undefined && !isLost && !isAsked && !isSeen && !isPermitted)
      fault(`${words} (${left.event.message}), and no evidence of it is stored`);
  }
}

// What a host cannot do is held against no proxy.
function judgeBlame({ memory, troubles }: World, fault: Fault): void {
  for (const { event } of memory.state.events) {
    if (event.kind !== "exit.lost" && event.kind !== "proxy.down") continue;
    if (event.evidence?.["cause"] === "drift") continue;
    const atMs = event.at - wallStartMs;
    const offline = troubles.offline.find(
      ({ host, fromMs, untilMs }) => host === event.host && atMs > fromMs + 12_000 && atMs < untilMs,
    );
    if (offline !== undefined && troubles.steppedMs.length === 0)
      fault(
        `${event.host} had no network at ${seconds(atMs)}, and blamed a proxy: ${event.kind} ${event.message}`,
      );
  }
}

// Each event that people are to be told of is in an alert, and each alert was told.
function judgeAlerts(
  { memory, troubles, options, time }: World,
  delivered: ReadonlySet<string>,
  fault: Fault,
): void {
  const { state } = memory;
  if (!options.hasAlerts || troubles.lossesMs.length > 0) return;
  // What was written just now is read with the next look.
  const unread = state.inbox.filter(({ event }) => event.at - wallStartMs < time.nowMs() - 30_000);
  if (unread.length > 0) fault(`${unread.length} events were never read for alerts`);
  for (const { id, state: stands } of state.messages) {
    if (stands === "waiting" || stands === "sending") fault(`the message ${id} was never sent`);
    else if (stands === "sent" && !delivered.has(id))
      fault(`the message ${id} counts as sent, and nobody got it`);
  }
  const alerts = [...state.alerts.values()];
  for (const { event, unitName } of state.events) {
    const proxy = state.proxies.find(({ id }) => id === event.proxyId);
    const { at, kind, severity, host, message, evidence = {} } = event;
    const read = {
      id: 0,
      at,
      kind,
      severity,
      host,
      message,
      unit: unitName,
      proxyLabel: proxy?.label,
      vendor: proxy?.provider,
      evidence,
    };
    for (const { turn, subject } of signalsOf(read)) {
      if (turn !== "hit" || subject === undefined) continue;
      const isTold = alerts.some(({ members }) => members.some(({ name }) => name === subject));
      if (!isTold) fault(`nobody was told that ${subject}: ${message}`);
    }
  }
  const told = new Set(
    state.messages.filter(({ state: stands }) => stands === "sent").map(({ alertId }) => alertId),
  );
  for (const { id, cause, isMoment } of alerts)
    if (!told.has(id) && !isMoment) fault(`the alert ${cause} was never told`);
}

// Planned switches have a budget.
function judgePermits({ memory }: World, fault: Fault): void {
  const planned = memory.state.permits.filter(
    ({ kind, cause }) => kind === "planned" && cause !== "operator",
  );
  for (const permit of planned) {
    const inTen = planned.filter(
      ({ accountId, at }) => accountId === permit.accountId && at <= permit.at && at > permit.at - 600_000,
    );
    if (inTen.length > 1) fault(`an account switched ${inTen.length} times within 10 minutes by plan`);
  }
}
