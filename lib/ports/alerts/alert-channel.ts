import type { AlertContent, MessageKind } from "../../domain/alerts/alert.ts";
import type { ChannelSettings, PingSettings } from "../../domain/alerts/notify-settings.ts";
import type { Instant } from "../../domain/time.ts";

/** Somewhere that people are told. Never rejects: what goes wrong is an answer, without a secret in its words. */
export interface AlertChannel {
  readonly settings: ChannelSettings;
  /** A message can be changed where it stands. */
  readonly canEdit: boolean;
  deliver(delivery: Delivery): Promise<Delivered>;
}

/** A message on its way. */
export interface Delivery {
  /** The idempotency key. */
  readonly id: string;
  /** The same for all messages of one alert. */
  readonly thread: string;
  readonly kind: MessageKind | "test";
  readonly content: AlertContent;
  readonly at: Instant;
  /** It may have arrived before: the launcher that sent it died. */
  readonly mayHaveArrived: boolean;
  /** How the channel names the message to be edited. */
  readonly receipt: string | undefined;
}

export type Delivered =
  | {
      readonly kind: "sent";
      /** How the channel names what it was sent. */
      readonly receipt: string | undefined;
      /** What it answered, for people. */
      readonly answer: string;
    }
  | {
      readonly kind: "failed";
      readonly why: string;
      /** When the channel wants to be asked again, where it says so. */
      readonly retryAfterMs?: number | undefined;
    };

/** Makes channels of settings; what only some kinds need is loaded for them. */
export interface AlertChannels {
  open(settings: ChannelSettings): Promise<AlertChannel>;
  openPing(settings: PingSettings): DeadMansPing;
}

/** Tells somebody outside that all is well. Never rejects. */
export interface DeadMansPing {
  readonly settings: PingSettings;
  ping(words: string): Promise<Delivered>;
}
