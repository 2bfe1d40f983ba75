import { megabytes } from "../../../domain/desk/memory-words.ts";
import type { HeldExitFacts, UnitSnapshot } from "../../../domain/run/unit-snapshot.ts";
import { describeDuration } from "../../../domain/time.ts";
import type { UnitStatus } from "../../../operations/units/unit-status.ts";
import type { ExplainedCandidate } from "../../../operations/why/explain-candidates.ts";
import { localTime } from "../ages.ts";
import { wrapText } from "../fitted-table.ts";
import type { Style } from "../style.ts";

/** Where the output is no terminal. */
const paperWidth = 80;
const labelWidth = 11;

/** One screen about a bot or collector, a line for each thing that an operator asks about. */
export function renderStatus(status: UnitStatus, logFile: string | undefined, style: Style): string {
  const width = Math.max(style.width ?? paperWidth, 40);
  const row = ([label, text]: readonly [string, string]) =>
    wrapText(text, width - labelWidth - 2).map(
      (line, index) => `  ${(index === 0 ? label : "").padEnd(labelWidth)}${line}`,
    );
  return [
    ...wrapText(headline(status), width).map((line) => style.bold(line)),
    ...rowsOf(status, logFile).flatMap(row),
  ].join("\n");
}

function headline({ unit, run, verdict, snapshot, at, idle, wish, hold }: UnitStatus): string {
  const why = snapshot?.reason ?? run?.reason;
  const because = why === undefined ? "" : `: ${why}`;
  const name = `${unit.kind} ${unit.name}`;
  if (hold !== undefined) return `${name} is held by ${hold.by}: ${hold.why}`;
  if (idle?.state === "failed") return `${name} does not start again by itself: ${idle.why}`;
  if (idle?.state === "waiting") return `${name} does not run and is tried again: ${idle.why}`;
  if (run === undefined || verdict === undefined) return `${name} has not run yet.`;
  switch (verdict) {
    case "live":
      return `${name} is ${(snapshot?.phase ?? run.phase).replaceAll("_", " ")}${because}`;
    case "silent":
      return `${name} may run: its launcher has not renewed its lease in time.`;
    case "dead":
      return `${name} does not run: its launcher (pid ${run.launcher.pid}) is gone.`;
    case "over":
      return `${name} does not run: it no longer holds its lease.`;
    case "ended": {
      const ago = run.endedAt === undefined ? "" : `, ended ${describeDuration(at - run.endedAt)} ago`;
      const state = wish?.wanted === "down" ? "is stopped" : "does not run";
      return `${name} ${state}${ago}${because}`;
    }
    default:
      return verdict satisfies never;
  }
}

function rowsOf(status: UnitStatus, logFile: string | undefined): readonly (readonly [string, string])[] {
  const { unit, run, snapshot, verdict } = status;
  const isBot = unit.kind === "bot";
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["exit", isBot ? exitWords(status) : directWords(status)],
    ["tier", snapshot?.tier ?? run?.tier],
    ["beside it", isBot ? besideWords(status) : undefined],
    ["lease", verdict === "live" ? leaseWords(status) : undefined],
    ["heartbeat", isBot && snapshot !== undefined ? heartbeatWords(snapshot) : undefined],
    ["traffic", snapshot?.traffic && trafficWords(snapshot.traffic)],
    ["by venue", isBot ? monthWords(status) : undefined],
    ["process", processWords(status)],
    ["memory", memoryWords(snapshot?.memoryLimit)],
    ["restarts", restartWords(status)],
    ...status.restarts.map(({ at, message }) => ["", `${localTime(at)}  ${message}`] as const),
    ...nextWords(status.candidates).map((text, index) => [index === 0 ? "next exits" : "", text] as const),
    ["wanted", wantedWords(status)],
    ["log", logFile],
    ["launcher", launcherWords(status)],
  ];
  return rows.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]));
}

function exitWords({ snapshot, run, verdict, at }: UnitStatus): string {
  if (snapshot?.exit !== undefined) return heldExitWords(snapshot.exit);
  if (run?.proxyLabel === undefined) return "none";
  const proven =
    run.exitProvenAt === undefined ? "" : `, proven ${describeDuration(at - run.exitProvenAt)} ago`;
  const where = [run.proxyLabel, run.exitIp ?? "", run.country ?? ""].filter((word) => word !== "").join(" ");
  return verdict === "live" ? `${where}${proven}` : `none now; ${where} was its last`;
}

/** "fra-1 203.0.113.5 DE, proven by 2 of 2, checked 12 s ago". */
export function heldExitWords(exit: HeldExitFacts): string {
  const where = [exit.label, ...exit.exitIps, exit.country ?? "--"].join(" ");
  const lab = exit.reach === "lab" ? " lab" : "";
  return `${where}, proven by ${exit.agreed} of ${exit.asked}${lab}, checked ${describeDuration(exit.confirmedAgeMs)} ago`;
}

function directWords({ run }: UnitStatus): string {
  return run?.exitIp === undefined ? "connects directly" : `connects directly, from ${run.exitIp}`;
}

function besideWords({ snapshot, run }: UnitStatus): string {
  const bypass = snapshot?.bypass ?? run?.bypass ?? [];
  const sockets = snapshot?.reachableSockets ?? [];
  if (bypass.length + sockets.length === 0) return "nothing is reachable beside its proxy";
  const named = sockets.slice(0, 3).join(" ");
  const more = sockets.length > 3 ? ` and ${sockets.length - 3} more` : "";
  return [
    ...(bypass.length === 0 ? [] : [`bypass ${bypass.join(" ")}`]),
    ...(sockets.length === 0 ? [] : [`sockets of other programs ${named}${more}`]),
  ].join(" · ");
}

function leaseWords({ snapshot, sinceRenewedMs, ttlMs }: UnitStatus): string {
  const renewed = sinceRenewedMs === undefined ? "" : `renewed ${describeDuration(sinceRenewedMs)} ago`;
  const left = snapshot?.leaseLeftMs ?? (ttlMs ?? 0) - (sinceRenewedMs ?? 0);
  return `held, ${renewed}, good for ${describeDuration(left)} more`;
}

/** How long ago the last heartbeat was. */
export function heartbeatWords({
  heartbeat,
  heartbeatAgeMs,
}: Pick<UnitSnapshot, "heartbeat" | "heartbeatAgeMs">): string {
  const age = describeDuration(heartbeatAgeMs ?? 0);
  const words = {
    none: "none: nothing of ours runs in it",
    awaited: "none yet",
    fresh: `${age} ago`,
    late: `${age} ago, too long`,
  };
  return words[heartbeat];
}

/** What went through a relay in this run. */
export function trafficWords(traffic: NonNullable<UnitSnapshot["traffic"]>): string {
  const { openTunnels, tunnels, failures, refused, bytesUp, bytesDown } = traffic;
  const counts = `${tunnels} connections in this run, ${openTunnels} open, ${failures} failed, ${refused} refused`;
  return `${counts}; ${describeBytes(bytesUp)} up, ${describeBytes(bytesDown)} down${warmWords(traffic)}`;
}

function warmWords({ warm }: NonNullable<UnitSnapshot["traffic"]>): string {
  if (warm === undefined) return "";
  return `; ${warm.ready} ready ahead, ${warm.used} used so, ${warm.stale} of them too old`;
}

/** "812 B", "1.2 MB": vendors bill by powers of ten. */
function describeBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

// The newest month that has any; `--json` has them all.
function monthWords({ traffic }: UnitStatus): string {
  const [newest] = traffic;
  if (newest === undefined) return "nothing counted yet";
  const venues = traffic.filter(({ month }) => month === newest.month);
  const words = venues.map(
    ({ venue, bytesUp, bytesDown }) =>
      `${venue} ${describeBytes(bytesUp)} up, ${describeBytes(bytesDown)} down`,
  );
  return `${newest.month}: ${words.join(" · ")}`;
}

function processWords({ snapshot, run, verdict }: UnitStatus): string | undefined {
  const pid = snapshot === undefined ? run?.pid : snapshot.pid;
  if (verdict !== "live" || pid === undefined) return undefined;
  const up = snapshot?.uptimeMs === undefined ? "" : `, up ${describeDuration(snapshot.uptimeMs)}`;
  const held = snapshot?.heldBy;
  const by = held === "cgroup" ? ", in a cgroup of its own" : ", found by process group and run id";
  return `pid ${pid}${up}${held === undefined ? "" : by}`;
}

function memoryWords(limit: UnitSnapshot["memoryLimit"]): string | undefined {
  if (limit === undefined) return undefined;
  const { bytes, endsPastBytes } = limit;
  const words = `is started anew past ${megabytes(bytes)}, measured every 4 s`;
  if (endsPastBytes === undefined) return `${words}; the kernel does not limit it here`;
  return `${words}, and ended by the kernel past ${megabytes(endsPastBytes)}`;
}

function restartWords({ snapshot, run }: UnitStatus): string | undefined {
  if (run === undefined) return undefined;
  const last = run.lastRestartReason === undefined ? "" : `, the last one because: ${run.lastRestartReason}`;
  return `${snapshot?.restarts ?? run.restarts} in this run${last}`;
}

// The one in use is told above.
function nextWords(candidates: readonly ExplainedCandidate[]): readonly string[] {
  const others = candidates.filter(({ place }) => place !== "in_use");
  if (candidates.length > 0 && others.length === 0) return ["none: no other proxy is assigned"];
  return others.slice(0, 4).map(({ proxyLabel, exitIp, place, obstacles }) => {
    const words = { in_use: "in use", next: "next in line", free: "free", no: "not now" }[place];
    const against = obstacles[0] === undefined ? "" : `: ${obstacles[0].message}`;
    return `${proxyLabel} ${exitIp ?? "(exit not known yet)"} ${words}${against}`;
  });
}

function wantedWords({ wish, at }: UnitStatus): string {
  if (wish === undefined) return "up";
  return `${wish.wanted}, by ${wish.by} ${describeDuration(at - wish.at)} ago`;
}

function launcherWords({ run, verdict, launcher, whyNotAsked }: UnitStatus): string | undefined {
  if (run === undefined || verdict === "ended") return undefined;
  const words = {
    answers: "answers",
    silent: "does not answer",
    not_asked: whyNotAsked === undefined ? "" : `was not asked: ${whyNotAsked}`,
  }[launcher];
  return [`pid ${run.launcher.pid} on ${run.launcher.host}`, words].filter((word) => word !== "").join(", ");
}
