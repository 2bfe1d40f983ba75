import type { Instant } from "../../domain/time.ts";
import { describeDuration } from "../../domain/time.ts";
import type { ExplainedUse } from "../../operations/exits/exit-history.ts";
import { cell, localTime } from "./ages.ts";

/** The cells of one use of an exit; `now` ends those that last. */
export function exitUseCells(use: Omit<ExplainedUse, "why">, now: Instant) {
  return {
    account: use.accountName,
    proxy: use.proxyLabel ?? "(removed)",
    exit_ip: use.exitIp,
    from: localTime(use.from),
    until: use.until === undefined ? "now" : localTime(use.until),
    for: describeDuration((use.until ?? now) - use.from),
    venues: cell(use.venues.join(" ")),
  };
}
