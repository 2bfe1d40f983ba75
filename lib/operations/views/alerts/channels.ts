import type { ListedAlert, ListedChannel } from "../../alerts/list-channels.ts";
import type { TestedChannel } from "../../alerts/test-channels.ts";
import { rfc3339 } from "../rfc3339.ts";

/** The answer of `launch notify ls --json`: who is told, and what is open. */
export function channelsView(listed: {
  readonly channels: readonly ListedChannel[];
  readonly alerts: readonly ListedAlert[];
}) {
  return {
    version: 1,
    channels: listed.channels.map((channel) => ({
      name: channel.name,
      kind: channel.kind,
      state: channel.state,
      topics: channel.topics ?? null,
      last_sent_at: rfc3339(channel.sentAt),
      failing_since: rfc3339(channel.failingSince),
      waiting: channel.waiting,
      error: channel.error ?? null,
    })),
    alerts: listed.alerts.map((alert) => ({
      id: alert.id,
      title: alert.title,
      opened_at: rfc3339(alert.openedAt),
      over_at: rfc3339(alert.overAt),
      members: alert.members.map(({ name, state, text }) => ({ name, state, text })),
    })),
  };
}

/** The answer of `launch notify test --json`. */
export function testedView(tested: readonly TestedChannel[]) {
  return {
    version: 1,
    channels: tested.map(({ name, kind, isSent, answer, tookMs }) => ({
      name,
      kind,
      sent: isSent,
      answer,
      took_ms: tookMs,
    })),
  };
}
