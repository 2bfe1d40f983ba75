import type { HistoryEvent } from "../../domain/event.ts";
import { rfc3339 } from "./rfc3339.ts";

/** The answer of `launch events --json`: what happened, newest first. */
export function eventsView(events: readonly HistoryEvent[]) {
  return {
    version: 1,
    events: events.map(({ at, accountId, proxyId, runId, ...rest }) => ({
      at: rfc3339(at),
      ...rest,
      account_id: accountId ?? null,
      proxy_id: proxyId ?? null,
      run_id: runId ?? null,
    })),
  };
}
