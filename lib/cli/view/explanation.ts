import { describeDuration, describeWait, type Instant } from "../../domain/time.ts";
import type { EvidenceRow } from "../../domain/verdict/evidence-row.ts";
import { textOf } from "../../operations/logs/log-line-view.ts";
import type { Crash } from "../../operations/logs/read-crash.ts";
import type { Explanation } from "../../operations/why/explain-account.ts";
import type { ExplainedCandidate } from "../../operations/why/explain-candidates.ts";
import { nextSteps } from "../../operations/why/next-steps.ts";
import { cell, localTime } from "./ages.ts";
import { type FittedTable, renderFitted, wrapText } from "./fitted-table.ts";
import { shownText } from "./log-lines.ts";
import type { Style } from "./style.ts";

/** So many lines of a crash are shown. */
const shownOfCrash = 20;
/** Where the output is no terminal. */
const paperWidth = 80;

const exitTable = {
  columns: ["proxy", "exit_ip", "now"],
  expendable: [],
  narrowest: { proxy: 8, now: 24 },
  empty: "No proxy is assigned.",
} as const satisfies FittedTable<string>;

const evidenceTable = {
  columns: ["when", "seen_by", "what", "times", "until", "why"],
  expendable: ["until", "times"],
  narrowest: { what: 12, why: 20 },
  empty: "Nothing was seen against it in the last day.",
} as const satisfies FittedTable<string>;

/** Says where an account stands, in sentences for somebody who was woken up. */
export function renderExplanation(found: Explanation, style: Style, crash?: Crash): string {
  const width = style.width ?? paperWidth;
  const fitted = { ...style, width };
  const part = (heading: string, lines: readonly string[]) => [
    "",
    style.bold(heading),
    ...lines.flatMap((line) => wrapText(line, width - 2)).map((line) => `  ${line}`),
  ];
  const table = (heading: string, text: string) => ["", style.bold(heading), text];
  return [
    ...standing(found).flatMap((line) => wrapText(line, width)),
    ...table("EXITS", renderFitted(exitTable, found.candidates.map(exitCells), fitted)),
    ...part("INCIDENTS", incidentLines(found)),
    ...part("SWITCHES", budgetLines(found)),
    ...part("WHAT HAPPENED", eventLines(found)),
    ...table(
      "WHAT WAS SEEN",
      renderFitted(
        evidenceTable,
        found.evidence.map((row) => evidenceCells(row, found.at)),
        fitted,
      ),
    ),
    ...(crash === undefined ? [] : table("LAST CRASH", crashText(found.account.name, crash, style))),
    ...part("WHAT TO DO", nextSteps(found)),
  ].join("\n");
}

function standing(found: Explanation): readonly string[] {
  const { exit, run, isLive } = found;
  const lines = [`${found.account.name} ${stateWords(found)}`];
  if (isLive && exit !== undefined && exit.until === undefined) {
    const on = exit.proxyLabel === undefined ? exit.exitIp : `${exit.proxyLabel} (${exit.exitIp})`;
    const age = describeDuration(found.at - exit.from);
    lines.push(`It is on ${on} since ${localTime(exit.from)}, for ${age}.`);
    lines.push(exit.why === undefined ? "It was started there." : `It came there because: ${exit.why}`);
  } else if (exit !== undefined) {
    const left = exit.until === undefined ? "" : ` until ${localTime(exit.until)}`;
    lines.push(`It was last on ${exit.proxyLabel ?? exit.exitIp} (${exit.exitIp})${left}.`);
  }
  if (isLive && run !== undefined)
    lines.push(`Its launcher is pid ${run.launcher.pid} on ${run.launcher.host}.`);
  if (run?.reason !== undefined) lines.push(`${isLive ? "Now" : "At the end"}: ${run.reason}`);
  return lines;
}

function stateWords({ account, state, waitsUntil, at, run, idle }: Explanation): string {
  const until =
    waitsUntil === undefined ? "" : ` until ${localTime(waitsUntil)} (${describeWait(waitsUntil - at)})`;
  switch (state) {
    case "running":
      return "runs.";
    case "waiting":
      if (waitsUntil === undefined) return "waits for its restart.";
      return run?.phase === "holding"
        ? `is stopped and waits${until}.`
        : `waits${until}: a venue asked for a pause, and its exit is kept.`;
    case "switching":
      return "is on its way to an exit.";
    case "no_exit":
      return "has no exit that it may use, so its bot does not run.";
    case "held":
      return `is held by ${account.hold?.by ?? "an operator"}: ${account.hold?.why ?? "no reason was given"}`;
    case "stopped":
      if (idle?.state === "failed") return `does not run, and its launcher does not try again: ${idle.why}`;
      if (idle?.state === "waiting") return `does not run, and its launcher tries again: ${idle.why}`;
      return "is stopped: no launcher runs its bot.";
    default:
      return state satisfies never;
  }
}

function exitCells({ proxyLabel, exitIp, place, obstacles }: ExplainedCandidate) {
  const against = obstacles
    .map(({ message, reason }) => `${message.replace(/\.$/, "")} (${reason}).`)
    .join(" ");
  const words = { in_use: "in use", next: "next in line", free: "free", no: "not now" }[place];
  return { proxy: proxyLabel, exit_ip: cell(exitIp), now: against === "" ? words : `${words}: ${against}` };
}

function incidentLines({ incidents, at }: Explanation): readonly string[] {
  if (incidents.length === 0) return ["None is open."];
  return incidents.map(({ kind, name, since, untilAt, why }) => {
    const effect = kind === "vendor" ? "none of its exits is chosen" : "nobody moves";
    const age = `since ${describeDuration(at - since)}, at least ${describeWait(untilAt - at)} more`;
    return `The ${kind} ${name} has one (${age}), so ${effect}: ${why}.`;
  });
}

function budgetLines({ budget, at }: Explanation): readonly string[] {
  const { usedShort, usedLong, rules, refusal } = budget;
  const used = `Planned switches: ${usedShort} of ${rules.perTenMinutes} in ${describeDuration(rules.tenMinutesMs)}, ${usedLong} of ${rules.perDay} in ${describeDuration(rules.dayMs)}.`;
  const next =
    refusal === undefined
      ? "The next one is allowed now."
      : `The next one is allowed in ${describeWait(refusal.untilAt - at)}: ${refusal.why}.`;
  return [used, next, "A lost exit is left at once, and `launch rotate` asks no budget."];
}

function eventLines({ events }: Explanation): readonly string[] {
  if (events.length === 0) return ["Nothing yet."];
  return events.map(({ at, message }) => `${localTime(at)}  ${message}`);
}

// Lines of a program are shown as they are: wrapped, a stack trace is unreadable.
function crashText(name: string, { at, path, lines }: Crash, style: Style): string {
  const shown = lines.slice(-shownOfCrash).map(({ text }) => `  ${shownText(textOf(text), style)}`);
  const all = `  ${localTime(Date.parse(at))}: \`launch logs ${name} --crash\` shows all ${lines.length} lines, which are in`;
  return [all, `  ${path}`, ...shown].join("\n");
}

// Ages, because whole times leave no room for the words on a narrow terminal.
function evidenceCells({ at, channel, kind, venue, times, untilAt, why }: EvidenceRow, now: Instant) {
  const what = kind.replaceAll("_", " ");
  const left = untilAt === undefined ? undefined : untilAt - now;
  return {
    when: `${describeDuration(now - at)} ago`,
    seen_by: channel,
    what: venue === undefined ? what : `${what} at ${venue}`,
    times: cell(times),
    until: left === undefined ? cell(undefined) : left <= 0 ? "over" : `in ${describeWait(left)}`,
    why,
  };
}
