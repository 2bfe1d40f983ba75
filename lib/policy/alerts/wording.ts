import type { Alert, AlertContent, AlertMember, MessageKind } from "../../domain/alerts/alert.ts";
import { describeDuration, type Instant } from "../../domain/time.ts";

/** More names than these are counted. */
const mostNamed = 60;
/** What happened to each is said of so many; of more the names alone. */
const mostTold = 6;

/** The words of a message: what happened to whom, whether it goes on, and what to type next. */
export function writeAlert(
  alert: Alert,
  kind: MessageKind,
  { now, place }: { readonly now: Instant; readonly place: string },
): AlertContent {
  const hit = alert.members.filter(({ state }) => state === "hit");
  const isOver = alert.overAt !== undefined;
  const title = `${prefixOf(alert, kind, now)}${headline(alert, hit.length)}`;
  const lines = [...body(alert, hit), next(alert, hit)].filter((line) => line !== "");
  return {
    title,
    text: [`${title}.`, ...lines, `(${place}, alert ${shortId(alert)})`].join("\n"),
    severity: isOver ? "info" : alert.urgentAt === undefined ? "warning" : "error",
    isUrgent: alert.urgentAt !== undefined && !isOver,
    topics: alert.topics,
    cause: alert.cause,
    members: alert.members.map(({ name, state, text }) => ({ name, state, text })),
    isOver,
  };
}

/** By what a person tells two alerts apart, and `launch notify ls` names them. */
export function shortId({ id }: Pick<Alert, "id">): string {
  return id.replaceAll("-", "").slice(0, 6);
}

function prefixOf({ overAt, openedAt, returns, isMoment }: Alert, kind: MessageKind, now: Instant): string {
  if (isMoment) return "";
  if (overAt !== undefined) return `Over after ${describeDuration(overAt - openedAt)}: `;
  if (kind === "reminder") return `Reminder, for ${describeDuration(now - openedAt)} now: `;
  return returns === 0 ? "" : "Again: ";
}

function headline(alert: Alert, hits: number): string {
  const { cause, members } = alert;
  const [scope = "", name = ""] = splitOnce(cause);
  const isOver = alert.overAt !== undefined;
  const whom = whomOf(members);
  switch (scope) {
    case "vendor":
      return exits(alert, hits, `the vendor ${name}`);
    case "venue":
      return members.length === 0
        ? `The venue ${name} has an outage; bots stay where they are`
        : exits(alert, hits, `exits at ${name}`);
    case "host":
      return `This host reaches no vendor (${name})`;
    case "proxy":
      return exits(alert, hits, `the proxy ${name}`);
    case "noexit":
      return isOver
        ? `${whom} had no exit`
        : `${whom} ${members.length === 1 ? "has no exit and does" : "have no exit and do"} not run`;
    case "offline":
      return `The host ${name} ${isOver ? "reached" : "reaches"} nothing, so ${whom} ${isOver ? "waited" : `${areOf(members)} not running`}`;
    case "leak":
      return `${name} got past its proxy and was stopped at once`;
    case "geo":
      return `${name} does not serve the place of the exit of ${whom}`;
    case "refused":
      return `${name} refuses ${whom}`;
    case "lease":
      return `${whom} on ${name} lost the lease and ${members.length === 1 ? "was" : "were"} stopped`;
    case "launcher":
      return isOver
        ? `A launcher on ${name} was gone`
        : `A launcher on ${name} is gone: nobody looks after ${whom}`;
    case "stopped":
      return `${whom} stopped on ${name}`;
    default:
      return cause === "expiry"
        ? `${members.length === 1 ? `The proxy ${whom} ends` : `${members.length} proxies end`} soon`
        : `${whom} moved to ${members.length === 1 ? "another exit" : "other exits"}`;
  }
}

function exits({ members, overAt }: Alert, hits: number, what: string): string {
  const count = members.length;
  if (count === 0) return `Trouble with ${what}; bots stay where they are`;
  const lost = `${whomOf(members)} lost ${count === 1 ? "its exit" : "their exits"} through ${what}`;
  if (count === 1) return lost;
  return overAt === undefined ? `${lost}; ${count - hits} of ${count} ${wasOf(count - hits)} moved` : lost;
}

function body(alert: Alert, hit: readonly AlertMember[]): readonly string[] {
  const { members, outage } = alert;
  const guard = outage === undefined || alert.overAt !== undefined ? [] : [outage];
  if (members.length <= mostTold)
    return [...guard, ...members.map(({ name, text }) => (text.startsWith(name) ? text : `${name} ${text}`))];
  const over = members.filter(({ state }) => state === "over");
  return [
    ...guard,
    ...(hit.length === 0 ? [] : [`Still hit (${hit.length}): ${namesOf(hit)}.`]),
    ...(over.length === 0 ? [] : [`Well again (${over.length}): ${namesOf(over)}.`]),
    ...(hit[0] === undefined ? [] : [`For example, ${hit[0].name} ${hit[0].text}`]),
  ];
}

/** What to type next. */
function next({ cause, members, overAt, isMoment }: Alert, hit: readonly AlertMember[]): string {
  const [scope = "", name = ""] = splitOnce(cause);
  const one = (hit[0] ?? members[0])?.name;
  if (overAt !== undefined && !isMoment) return "";
  if (cause === "expiry") return one === undefined ? "" : "Type: launch proxy ls";
  if (scope === "launcher") return `Look at the host ${name}, then type: launch ps`;
  if (scope === "offline" || scope === "host") return "Type: launch doctor";
  if (scope === "lease") return "Type: launch doctor";
  if (scope === "leak")
    return `Type: launch events --account ${name}, and do not start it before you know why`;
  if (one === undefined) return "Type: launch proxy ls";
  // It may be a collector, of which `why` knows nothing.
  if (scope === "stopped") return "Type: launch events --since 1h";
  return `Type: launch why ${one}`;
}

function whomOf(members: readonly AlertMember[]): string {
  const [first, second] = members;
  if (first === undefined) return "nobody";
  if (second === undefined) return first.name;
  return members.length <= 3 ? namesOf(members) : `${members.length} bots`;
}

function namesOf(members: readonly AlertMember[]): string {
  const names = members.slice(0, mostNamed).map(({ name }) => name);
  const left = members.length - names.length;
  return left === 0 ? names.join(", ") : `${names.join(", ")} and ${left} more`;
}

function areOf(members: readonly AlertMember[]): string {
  return members.length === 1 ? "is" : "are";
}

function wasOf(count: number): string {
  return count === 1 ? "has" : "have";
}

function splitOnce(cause: string): readonly string[] {
  const at = cause.indexOf(":");
  return at < 0 ? [cause] : [cause.slice(0, at), cause.slice(at + 1)];
}
