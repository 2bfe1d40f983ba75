import type { Brand } from "../brand.ts";
import type { Instant } from "../time.ts";
import type { AlertTopic } from "./alert-topic.ts";

export type AlertId = Brand<string, "AlertId">;

/** One trouble with one cause, and all whom it hits: it has one message a channel, which follows it until it is over. */
export interface Alert {
  readonly id: AlertId;
  /** What those hit have in common, such as "vendor:acme"; one alert of a cause is open at a time. */
  readonly cause: string;
  readonly topics: readonly AlertTopic[];
  readonly openedAt: Instant;
  /** Undefined while somebody is hit. */
  readonly overAt: Instant | undefined;
  /** When somebody was hit last. */
  readonly hitAt: Instant;
  /** When it first became urgent; undefined while it is not. */
  readonly urgentAt: Instant | undefined;
  /** It tells of something done, and nothing has to end. */
  readonly isMoment: boolean;
  /** A guard saw the outage itself: it is open for as long as that one, hit or not. */
  readonly outage: string | undefined;
  /** How often it came back after it was over. */
  readonly returns: number;
  readonly members: readonly AlertMember[];
}

/** One bot, collector, proxy or launcher that the alert is about. */
export interface AlertMember {
  readonly name: string;
  readonly state: "hit" | "over";
  /** What became of it last, as a clause that follows its name: "moved to fra-2". */
  readonly text: string;
  readonly at: Instant;
  readonly hits: number;
}

/** What the history tells of an alert's subject. */
export interface AlertSignal {
  readonly topic: AlertTopic;
  /** Where it belongs when its subject is in no open alert yet. */
  readonly cause: string;
  /** Undefined where it is about the cause alone. */
  readonly subject: string | undefined;
  readonly turn: "hit" | "over" | "moment";
  readonly text: string;
  readonly at: Instant;
  /** It has an alert of its own, whatever else its subject is hit by. */
  readonly isAlone?: true;
}

/** An event of the history as alerts read it. */
export interface AlertEvent {
  readonly id: number;
  readonly at: Instant;
  readonly kind: string;
  readonly severity: "info" | "warning" | "error";
  readonly host: string;
  readonly message: string;
  /** The account's name, or the collector's. */
  readonly unit: string | undefined;
  readonly proxyLabel: string | undefined;
  readonly vendor: string | undefined;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** A message as it was made for one channel, in its turn within the alert. */
export interface AlertMessage {
  /** The idempotency key: however often it is sent, the receiver knows it again. */
  readonly id: string;
  readonly alertId: AlertId;
  readonly channel: string;
  readonly step: number;
  /** `edit` changes the message before it, where it stands; the others are messages of their own. */
  readonly kind: MessageKind;
  readonly content: AlertContent;
  readonly madeAt: Instant;
}

export type MessageKind = "news" | "edit" | "reminder" | "over";

/** What people read. */
export interface AlertContent {
  readonly title: string;
  readonly text: string;
  readonly severity: "info" | "warning" | "error";
  readonly isUrgent: boolean;
  readonly topics: readonly AlertTopic[];
  readonly cause: string;
  readonly members: readonly Pick<AlertMember, "name" | "state" | "text">[];
  readonly isOver: boolean;
}
