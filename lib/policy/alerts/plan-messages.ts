import type { Alert, AlertContent, MessageKind } from "../../domain/alerts/alert.ts";
import type { AlertTopic } from "../../domain/alerts/alert-topic.ts";
import type { AlertRules } from "../../domain/alerts/notify-settings.ts";
import { isQuiet, type QuietHours } from "../../domain/reputation/quiet-hours.ts";
import type { Instant } from "../../domain/time.ts";

/** What a channel wants and can do. */
export interface ChannelWants {
  readonly topics: readonly AlertTopic[] | undefined;
  readonly quietHours: QuietHours | undefined;
  /** A message can be changed where it stands. */
  readonly canEdit: boolean;
}

/** A message that a channel has got of an alert, or will get. */
export interface MadeMessage {
  readonly kind: MessageKind;
  readonly madeAt: Instant;
  readonly content: Pick<AlertContent, "text" | "isOver">;
}

export interface PlanMoment {
  readonly now: Instant;
  /** Of this host's day, for quiet hours. */
  readonly minuteOfDay: number;
  readonly rules: AlertRules;
  /** The launcher ends: what is there is told now. */
  readonly isLast?: boolean;
}

/** The message that is due of an alert for a channel, by what was made for it before (oldest first); undefined while none is. */
export function nextMessage(
  alert: Alert,
  channel: ChannelWants,
  made: readonly MadeMessage[],
  moment: PlanMoment & { readonly write: (kind: MessageKind) => AlertContent },
): { readonly kind: MessageKind; readonly content: AlertContent } | undefined {
  if (channel.topics?.some((topic) => alert.topics.includes(topic)) === false) return undefined;
  const kind = dueKind(alert, channel, made, moment);
  if (kind === undefined) return undefined;
  const content = moment.write(kind);
  // An edit that changes nothing is none.
  return kind === "edit" && made.at(-1)?.content.text === content.text ? undefined : { kind, content };
}

function dueKind(
  alert: Alert,
  channel: ChannelWants,
  made: readonly MadeMessage[],
  moment: PlanMoment,
): MessageKind | undefined {
  const { now, rules } = moment;
  const isHeld =
    alert.urgentAt === undefined &&
    channel.quietHours !== undefined &&
    isQuiet(channel.quietHours, moment.minuteOfDay);
  const last = made.at(-1);
  const pushed = made.findLast(({ kind }) => kind !== "edit");
  if (last === undefined || pushed === undefined) {
    const isGathered = now - alert.openedAt >= rules.gatherMs || moment.isLast === true;
    return isGathered && !isHeld ? "news" : undefined;
  }
  const canEditNow = channel.canEdit && now - last.madeAt >= rules.editEveryMs;
  if (alert.overAt !== undefined && alert.hitAt <= pushed.madeAt)
    return afterEnd(alert, { channel, last, moment, isHeld, canEditNow });
  const isEscalated = alert.urgentAt !== undefined && alert.urgentAt > pushed.madeAt;
  const isNews = alert.hitAt > pushed.madeAt && now - pushed.madeAt >= rules.betweenMs;
  if (isEscalated || (isNews && !isHeld)) return "news";
  const isOpen = alert.overAt === undefined && !alert.isMoment;
  if (isOpen && !isHeld && rules.remindMs !== undefined && now - pushed.madeAt >= rules.remindMs)
    return "reminder";
  return canEditNow ? "edit" : undefined;
}

// Whoever comes back within a moment was never well.
function afterEnd(
  alert: Alert,
  by: {
    readonly channel: ChannelWants;
    readonly last: MadeMessage;
    readonly moment: PlanMoment;
    readonly isHeld: boolean;
    readonly canEditNow: boolean;
  },
): MessageKind | undefined {
  const { channel, last, moment, isHeld, canEditNow } = by;
  const isSettled = moment.now - (alert.overAt ?? 0) >= moment.rules.settleMs;
  if (last.content.isOver || !(isSettled || alert.isMoment)) return undefined;
  if (alert.isMoment) return canEditNow ? "edit" : undefined;
  if (channel.canEdit) return canEditNow ? "edit" : undefined;
  return isHeld ? undefined : "over";
}
