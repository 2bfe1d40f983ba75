import type { Alert, AlertEvent, AlertMessage } from "../../domain/alerts/alert.ts";
import type { Instant } from "../../domain/time.ts";

/** Alerts and their messages in the database, which all its launchers share. */
export interface AlertStore {
  /** Says that this launcher has these channels; from the first one on, events are kept for them. */
  have(channels: readonly KnownChannel[]): Promise<void>;
  /** Whether there is anything to gather or to send, by one statement that locks nothing. */
  look(self: AlertReader): Promise<AlertSight>;
  /**
   * Takes what happened and writes what follows from it, all in one transaction; one launcher at a time, so that false says that
   * another one is at it.
   */
  gather(self: AlertReader, work: (ground: AlertGround) => AlertWrites): Promise<boolean>;
  /** Takes messages that are due for sending; nobody else gets them before `holdMs` is over, not even after a kill. */
  claim(by: string, channels: readonly string[], holdMs: number): Promise<readonly ClaimedMessage[]>;
  /** What became of a message; nothing is changed where another launcher has claimed it since. */
  settle(by: string, message: ClaimedMessage, outcome: DeliveryOutcome): Promise<void>;
  channels(): Promise<readonly ChannelState[]>;
  /** Open alerts, and those that ended within the last day. */
  alerts(): Promise<readonly Alert[]>;
  /** True when this launcher is the one to ping now: of all that have the channel, one does in each interval. */
  claimPing(channel: string, everyMs: number): Promise<boolean>;
  /** What became of something that was sent without a message in the outbox. */
  noteChannel(channel: string, error: string | undefined): Promise<void>;
}

export interface KnownChannel {
  readonly name: string;
  readonly kind: string;
}

/** Who reads: its own row is never taken for a dead launcher's. */
export interface AlertReader {
  readonly host: string;
  readonly pid: number;
  /** The channels that it plans messages for. */
  readonly channels: readonly string[];
}

/** What a launcher sees of alerts without taking part. */
export interface AlertSight {
  /** Something happened that nobody has read. */
  readonly hasEvents: boolean;
  /** An alert is open or was within the last day, an outage goes on, or a launcher is gone. */
  readonly isOpen: boolean;
  /** A message waits for one of the reader's channels, and its time has come. */
  readonly hasDue: boolean;
  /** Stays the same for as long as these alerts, outages and launchers do. */
  readonly mark: string;
}

/** All that alerts are decided by, as one snapshot. */
export interface AlertGround {
  /** By the database's clock. */
  readonly now: Instant;
  readonly events: readonly AlertEvent[];
  readonly alerts: readonly Alert[];
  /** What was made for the reader's channels, oldest first. */
  readonly messages: readonly StoredMessage[];
  readonly outages: readonly { readonly cause: string; readonly why: string }[];
  readonly orphans: readonly Orphan[];
}

export interface StoredMessage extends AlertMessage {
  /** Nothing of it was ever sent: it may still be written anew. */
  readonly isUntouched: boolean;
}

/** A unit whose launcher renews no more. */
export interface Orphan {
  readonly unit: string;
  readonly host: string;
  readonly pid: number;
  /** Since when it is silent; undefined when nothing is known of it any more. */
  readonly silentMs: number | undefined;
}

export interface AlertWrites {
  readonly alerts: readonly Alert[];
  /** A message with a known id takes the place of what was made under it. */
  readonly messages: readonly AlertMessage[];
}

export interface ClaimedMessage extends AlertMessage {
  /** Since it was made, by the database's clock: a host's own may be days off. */
  readonly ageMs: number;
  /** How often it has been begun, this time included. */
  readonly attempts: number;
  /** Somebody began to send it and was not heard of again: it may have arrived. */
  readonly mayHaveArrived: boolean;
  /** How the channel names what this message edits or answers; undefined when it does not say. */
  readonly receipt: string | undefined;
}

export type DeliveryOutcome =
  | { readonly kind: "sent"; readonly receipt: string | undefined }
  | { readonly kind: "failed"; readonly why: string; readonly retryInMs: number }
  /** It is not sent any more. */
  | { readonly kind: "dropped"; readonly why: string };

/** How a channel does, as every launcher of the database saw it. */
export interface ChannelState extends KnownChannel {
  readonly sentAt: Instant | undefined;
  readonly failingSince: Instant | undefined;
  readonly error: string | undefined;
  /** Messages that wait to be sent. */
  readonly waiting: number;
}
