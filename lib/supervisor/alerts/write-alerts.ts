import type { Alert, AlertId, AlertMessage, AlertSignal, MessageKind } from "../../domain/alerts/alert.ts";
import type { NotifySettings } from "../../domain/alerts/notify-settings.ts";
import { describeDuration, type Instant } from "../../domain/time.ts";
import { gather } from "../../policy/alerts/gather.ts";
import { nextMessage } from "../../policy/alerts/plan-messages.ts";
import { signalsOf } from "../../policy/alerts/read-event.ts";
import { writeAlert } from "../../policy/alerts/wording.ts";
import type { AlertChannel } from "../../ports/alerts/alert-channel.ts";
import type { AlertGround, AlertWrites, Orphan, StoredMessage } from "../../ports/alerts/alert-store.ts";

/** With what a launcher reads the ground: its channels, its rules, the words for its database. */
export interface AlertWriter {
  readonly channels: readonly Pick<AlertChannel, "settings" | "canEdit">[];
  readonly settings: NotifySettings;
  /** The database, as messages name it. */
  readonly place: string;
  readonly minuteOfDay: number;
  readonly isLast: boolean;
  newId(): string;
}

/** A launcher that was gone for longer is no news. */
const newsForMs = 86_400_000;

/** What follows from what happened: the alerts that changed, and the messages that are due. */
export function writeAlerts(ground: AlertGround, writer: AlertWriter): AlertWrites {
  const { now } = ground;
  const { rules } = writer.settings;
  const signals = ground.events.flatMap(signalsOf);
  const known = new Map(ground.alerts.map((alert) => [alert.id, alert]));
  const world = {
    outages: new Map(ground.outages.map(({ cause, why }) => [cause, why])),
    dead: ground.orphans.flatMap((orphan) => deadSignal(orphan, ground)),
  };
  const newId = () => writer.newId() as AlertId;
  const alerts = gather({ alerts: ground.alerts, rules, now, newId }, signals, world);
  const changed = alerts.filter((alert) => !isSame(alert, known.get(alert.id)));
  const made = new Map<AlertId, StoredMessage[]>(alerts.map(({ id }) => [id, []]));
  for (const message of ground.messages) made.get(message.alertId)?.push(message);
  const messages = alerts.flatMap((alert) => messagesOf(alert, made.get(alert.id) ?? [], now, writer));
  return { alerts: changed, messages };
}

function messagesOf(
  alert: Alert,
  all: readonly StoredMessage[],
  now: Instant,
  writer: AlertWriter,
): readonly AlertMessage[] {
  const { settings, minuteOfDay, isLast, place } = writer;
  const write = (kind: MessageKind) => writeAlert(alert, kind, { now, place });
  const moment = { now, minuteOfDay, rules: settings.rules, isLast, write };
  return writer.channels.flatMap(({ settings: channel, canEdit }) => {
    const { topics, quietHours, name } = channel;
    const stored = all.filter((message) => message.channel === name);
    // What has not been begun yet is written anew instead of being followed by another one.
    const { made, open } = splitOpen(stored);
    const wants = { topics, quietHours, canEdit };
    const due = nextMessage(alert, wants, made, moment);
    if (due === undefined || due.content.text === open?.content.text) return [];
    const step = open?.step ?? (made.at(-1)?.step ?? 0) + 1;
    const id = `${alert.id}.${name}.${step}`;
    return [{ id, alertId: alert.id, channel: name, step, madeAt: now, ...due }];
  });
}

function splitOpen(stored: readonly StoredMessage[]): {
  readonly made: readonly StoredMessage[];
  readonly open: StoredMessage | undefined;
} {
  const last = stored.at(-1);
  return last?.isUntouched === true
    ? { made: stored.slice(0, -1), open: last }
    : { made: stored, open: undefined };
}

// Of what nobody knows any more, only what is told already goes on.
function deadSignal(orphan: Orphan, { now, alerts }: AlertGround): readonly AlertSignal[] {
  const { unit, host, pid, silentMs } = orphan;
  const cause = `launcher:${host}`;
  const isTold = alerts.some(
    (alert) => alert.cause === cause && alert.members.some(({ name }) => name === unit),
  );
  if (!isTold && (silentMs === undefined || silentMs > newsForMs)) return [];
  const since = silentMs === undefined ? "" : ` for ${describeDuration(silentMs)}`;
  const text = `is looked after by nobody: its launcher (pid ${pid} on ${host}) has been silent${since}`;
  return [{ topic: "launcher_dead", cause, subject: unit, turn: "hit", text, at: now }];
}

function isSame(alert: Alert, known: Alert | undefined): boolean {
  return alert === known || (known !== undefined && JSON.stringify(alert) === JSON.stringify(known));
}
