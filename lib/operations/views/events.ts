import type { StoredEvent } from "../../domain/event.ts";
import { rfc3339 } from "./rfc3339.ts";

/** The answer of `launch events --json`: what happened, newest first. */
export function eventsView(events: readonly StoredEvent[]) {
  return { version: 1, events: events.map(eventView) };
}

/** One event, as each line of `launch events -f --json` is. */
export function eventView({ id, at, accountId, proxyId, runId, unitName, ...rest }: StoredEvent) {
  return {
    at: rfc3339(at),
    ...rest,
    unit: unitName ?? null,
    account_id: accountId ?? null,
    proxy_id: proxyId ?? null,
    run_id: runId ?? null,
    id,
  };
}
