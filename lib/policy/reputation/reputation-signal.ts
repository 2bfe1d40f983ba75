import type { ReputationCause } from "../../domain/reputation/reputation.ts";
import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";
import type { Instant } from "../../domain/time.ts";

/** What can happen to the reputation of an exit at a venue; a burn comes here only once it is confirmed. */
export type ReputationSignal =
  /** `untilAt`: as the venue named it. */
  | { readonly type: "rate-limited"; readonly untilAt: Instant | undefined }
  | {
      readonly type: "burned";
      readonly because: Extract<ReputationCause, "ip_banned" | "waf_blocked">;
      readonly untilAt: Instant | undefined;
      /** On an exit that strangers use too, and not this bot's doing: it costs the exit no failure. */
      readonly isStrangers: boolean;
      /** Nobody but the bot says so: that keeps the exit out for a time, never for good. */
      readonly isBotsWord: boolean;
    }
  | { readonly type: "geo-blocked"; readonly isBotsWord: boolean }
  /** Its time is over. */
  | { readonly type: "until-passed" }
  /** Leased for so much longer without trouble. */
  | { readonly type: "used-cleanly"; readonly cleanMs: number }
  /** Not leased, and the venue answered a probe of ours through it. */
  | { readonly type: "probe-passed" }
  /** Without a time it stays burned until it is revived. */
  | { readonly type: "burned-by-operator"; readonly untilAt: Instant | undefined }
  | { readonly type: "revived" }
  /** The bot says that the venue serves it again. */
  | { readonly type: "cleared-by-bot" };

/** What a transition may depend on beside the reputation and the signal. */
export interface Moment {
  readonly now: Instant;
  /** In [0, 1): spreads waits, so that exits that were burned together do not come back together. */
  readonly random01: number;
  readonly rules: SwitchRules;
}
