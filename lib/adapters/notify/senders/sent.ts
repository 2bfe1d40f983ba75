import type { Delivered } from "../../../ports/alerts/alert-channel.ts";

/** What a channel took. */
export type Sent = Omit<Extract<Delivered, { kind: "sent" }>, "kind">;

/** Why a message could not be sent, in words that hold no secret. */
export class ChannelTrouble extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}
