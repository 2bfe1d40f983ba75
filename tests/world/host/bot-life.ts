import { instant } from "../../../lib/domain/time.ts";
import type { AnswerHeader } from "../../../lib/domain/verdict/venue-answer.ts";
import { venueHosts, type WorldAccount } from "../around/layout.ts";
import { isFailure, type Way } from "../around/net.ts";
import { venueAnswer } from "../around/truth.ts";
import { wallStartMs } from "../time/host-clock.ts";
import type { Machine, RunningLauncher, World } from "../world.ts";
import type { BotSockets, WorldProcess } from "./bots.ts";

/** Where a process lives. */
export interface Home {
  readonly machine: Machine;
  readonly launcher: RunningLauncher;
  readonly sockets: BotSockets;
}

const heartbeatEveryMs = 15_000;
const openWithinMs = 200;

/** Lets a bot live: it shows heartbeats, and sends to its venues what it can. */
export function live(world: World, home: Home, process: WorldProcess): void {
  const { time, log, options, judge } = world;
  const { account: name, pid, runId } = process;
  const account = world.accounts.get(name);
  if (account === undefined) throw new Error(`no account ${name}`);
  log.note(time.nowMs(), `process ${name} ${pid} ${home.machine.host}`);
  judge.started(process, home.machine);
  process.onEnd.push(() => {
    log.note(time.nowMs(), `process ${name} ${pid} ended`);
    judge.ended(process);
  });
  const again = (delayMs: number, work: () => number | undefined): void => {
    time.after(delayMs, () => {
      const next = process.isAlive ? work() : undefined;
      if (next !== undefined) again(next, work);
    });
  };
  again(1_000, () => {
    if (!world.hanging.has(pid))
      home.sockets.tell(process, { type: "heartbeat", pid, lagMs: 0, loopLagMs: undefined });
    return heartbeatEveryMs;
  });
  let hasLoggedIn = false;
  again(300, () => {
    const isSent = send(world, home, { process, account });
    hasLoggedIn ||= isSent;
    return hasLoggedIn ? options.requestEveryMs : openWithinMs;
  });
  log.note(time.nowMs(), `run ${runId}`);
}

/** Sends one request to each venue; false where nothing passes now. */
function send(
  world: World,
  { machine, launcher, sockets }: Home,
  { process, account }: { readonly process: WorldProcess; readonly account: WorldAccount },
): boolean {
  const { net, isDead, isFrozen } = launcher;
  const relay = net.relayOf(account.name);
  // The relay lives in the launcher: what that one does not do, nobody does.
  if (isDead || isFrozen || relay === undefined || relay.gate !== "open") return false;
  if (relay.isHeld() || relay.whyShut() !== undefined) return false;
  const way = net.leave(relay.label());
  for (const venue of account.venues) {
    const target = `${venueHosts[venue]}:443`;
    if (isFailure(way)) relay.tellFailure(target, way);
    else reach(world, { machine, launcher, sockets }, { process, account, way, venue });
  }
  return !isFailure(way);
}

function reach(
  world: World,
  { machine, launcher, sockets }: Home,
  by: {
    readonly process: WorldProcess;
    readonly account: WorldAccount;
    readonly way: Way;
    readonly venue: string;
  },
): void {
  const { truth, time, log, judge } = world;
  const { process, account, way, venue } = by;
  const { exitIp } = way;
  const told = venueAnswer(truth, { venue, exitIp, account, nowMs: time.nowMs() });
  judge.beforeRequest({ process, account, way, venue, launcher, machine });
  const isDrifted = judge.isDrifted(way.label, process);
  const isLogin = log.request(time.nowMs(), {
    account: account.name,
    groupName: account.groupName,
    process: process.pid,
    runId: process.runId,
    host: machine.host,
    exitIp,
    label: way.label,
    venue,
    isDrifted,
  });
  if (isLogin || told.status !== 200) tellAnswer(world, { sockets, machine }, { process, venue, ...told });
}

function tellAnswer(
  { time }: World,
  { sockets, machine: { wall } }: Pick<Home, "sockets" | "machine">,
  {
    process,
    venue,
    status,
    retryAfterS,
  }: {
    readonly process: WorldProcess;
    readonly venue: string;
    readonly status: number;
    readonly retryAfterS: number | undefined;
  },
): void {
  const headers: Partial<Record<AnswerHeader, string>> =
    retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
  const host = venueHosts[venue] ?? venue;
  const at = instant(wallStartMs + time.nowMs() + wall.offMs);
  const seen = { host, status, headers, body: undefined, isSigned: true, times: 1, at } as const;
  sockets.tell(process, { type: "answers", pid: process.pid, answers: [seen] });
}
