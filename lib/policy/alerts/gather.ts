import type { Alert, AlertId, AlertMember, AlertSignal } from "../../domain/alerts/alert.ts";
import { urgentTopics } from "../../domain/alerts/alert-topic.ts";
import type { AlertRules } from "../../domain/alerts/notify-settings.ts";
import type { Instant } from "../../domain/time.ts";

/** What the database says apart from events, by cause. */
export interface WorldNow {
  /** Outages that a guard sees now, with their words. */
  readonly outages: ReadonlyMap<string, string>;
  /** Launchers that died with units, as signals that hold for as long as they are in here. */
  readonly dead: readonly AlertSignal[];
}

/** The ground on which signals are taken: what is open or was a short time ago, and ids for what is new. */
export interface Ground {
  readonly alerts: readonly Alert[];
  readonly rules: AlertRules;
  readonly now: Instant;
  readonly newId: () => AlertId;
}

const deadCause = /^launcher:/;

/** Takes what happened into the alerts: each subject is in one at a time, and each cause has one. Gives all, changed or not. */
export function gather(ground: Ground, signals: readonly AlertSignal[], world: WorldNow): readonly Alert[] {
  const held = new Map(ground.alerts.map((alert) => [alert.id, alert]));
  const all = [...signals, ...world.dead.filter((signal) => !isKnown(held, signal))];
  for (const signal of all) take(ground, held, signal);
  for (const alert of held.values())
    held.set(alert.id, closed(outageOf(revived(alert, world), world), ground.now));
  return [...held.values()];
}

function take(ground: Ground, held: Map<AlertId, Alert>, signal: AlertSignal): void {
  const mine = [...held.values()].filter((alert) => isHitIn(alert, signal.subject));
  // A move ends what made it necessary; by itself it is told for its own sake.
  if (signal.turn === "over" || (signal.turn === "moment" && signal.cause === "moves" && mine.length > 0)) {
    for (const alert of mine) held.set(alert.id, withMember(alert, signal, "over", ground.now));
    return;
  }
  const first = signal.isAlone === true ? undefined : mine[0];
  const open = first ?? openOf(ground, held, signal.cause) ?? newAlert(ground, signal);
  const state = signal.turn === "hit" ? "hit" : "over";
  const joined = withMember(reopened(open, signal), signal, state, ground.now);
  held.set(open.id, withTopic(joined, signal, ground.now));
}

function openOf({ rules, now }: Ground, held: ReadonlyMap<AlertId, Alert>, cause: string): Alert | undefined {
  const same = [...held.values()].filter((alert) => alert.cause === cause);
  const open = same.find(({ overAt }) => overAt === undefined);
  return open ?? same.find(({ overAt }) => overAt !== undefined && now - overAt <= rules.returnMs);
}

function newAlert({ newId, now }: Ground, { cause, topic, turn }: AlertSignal): Alert {
  return {
    id: newId(),
    cause,
    topics: [topic],
    openedAt: now,
    overAt: undefined,
    hitAt: now,
    urgentAt: undefined,
    isMoment: turn === "moment",
    outage: undefined,
    returns: 0,
    members: [],
  };
}

function reopened(alert: Alert, { turn }: AlertSignal): Alert {
  if (turn !== "hit" || alert.overAt === undefined) return alert;
  return { ...alert, overAt: undefined, isMoment: false, returns: alert.returns + 1 };
}

function withTopic(alert: Alert, { topic }: AlertSignal, now: Instant): Alert {
  const topics = alert.topics.includes(topic) ? alert.topics : [...alert.topics, topic];
  const isUrgent = urgentTopics.includes(topic);
  return { ...alert, topics, urgentAt: alert.urgentAt ?? (isUrgent ? now : undefined) };
}

// Hits are dated by when they were taken from the database: hosts' clocks differ.
function withMember(alert: Alert, signal: AlertSignal, state: AlertMember["state"], now: Instant): Alert {
  const { subject, text, at } = signal;
  if (subject === undefined) return { ...alert, outage: text };
  const known = alert.members.find(({ name }) => name === subject);
  const isNew = known === undefined || (state === "hit" && known.state !== "hit");
  const member = { name: subject, state, text, at, hits: (known?.hits ?? 0) + (isNew ? 1 : 0) };
  const members =
    known === undefined
      ? [...alert.members, member]
      : alert.members.map((each) => (each === known ? member : each));
  return { ...alert, members, hitAt: isNew ? now : alert.hitAt };
}

// Its launcher renews again, or another one has its units.
function revived(alert: Alert, { dead }: WorldNow): Alert {
  if (!deadCause.test(alert.cause)) return alert;
  const still = new Set(dead.filter(({ cause }) => cause === alert.cause).map(({ subject }) => subject));
  const isBack = ({ state, name }: AlertMember) => state !== "over" && !still.has(name);
  if (!alert.members.some(isBack)) return alert;
  const members = alert.members.map((member) =>
    isBack(member) ? { ...member, state: "over" as const, text: "is cared for again" } : member,
  );
  return { ...alert, members };
}

function outageOf(alert: Alert, { outages }: WorldNow): Alert {
  const outage = outages.get(alert.cause);
  return outage === alert.outage ? alert : { ...alert, outage };
}

function closed(alert: Alert, now: Instant): Alert {
  if (alert.overAt !== undefined) return alert;
  const isOpen = alert.outage !== undefined || alert.members.some(({ state }) => state === "hit");
  return isOpen ? alert : { ...alert, overAt: now };
}

function isHitIn({ members, overAt }: Alert, subject: string | undefined): boolean {
  if (overAt !== undefined || subject === undefined) return false;
  return members.some(({ name, state }) => name === subject && state === "hit");
}

function isKnown(held: ReadonlyMap<AlertId, Alert>, { cause, subject }: AlertSignal): boolean {
  return [...held.values()].some((alert) => alert.cause === cause && isHitIn(alert, subject));
}
