import type { Alert, AlertEvent } from "../../../lib/domain/alerts/alert.ts";
import { instant } from "../../../lib/domain/time.ts";
import type {
  AlertGround,
  AlertReader,
  AlertStore,
  AlertWrites,
  ClaimedMessage,
  Orphan,
} from "../../../lib/ports/alerts/alert-store.ts";
import { itemAt, itemsAt } from "./rows.ts";
import type { ChannelRow, Memory, MessageRow } from "./state.ts";

const dayMs = 86_400_000;
const silentMs = 30_000;
const mostClaimed = 20;
const mostEvents = 2_000;

/** Alerts and their outbox beside the tables of a memory store. */
export function memoryAlerts(memory: Memory): AlertStore {
  return {
    have: async (channels) => {
      const { state } = memory;
      for (const { name, kind } of channels) {
        const known = state.alertChannels.get(name) ?? freshChannel;
        state.alertChannels.set(name, { ...known, name, kind });
      }
    },
    look: async (self) => {
      const [open, lost, gone] = [openAlerts(memory), outages(memory), orphans(memory, self)];
      const { state, now } = memory;
      return {
        hasEvents: state.inbox.length > 0,
        isOpen:
          open.length + lost.length > 0 ||
          gone.some(({ silentMs }) => silentMs !== undefined && silentMs < dayMs),
        hasDue: state.messages.some((row) => self.channels.includes(row.channel) && isDue(row, now())),
        mark: [
          ...open.map(({ id, overAt }) => `alert ${id} ${overAt}`),
          ...lost.map(({ cause, why }) => `outage ${cause} ${why}`),
          ...gone.map(({ unit, host, pid }) => `orphan ${unit} ${host} ${pid}`),
        ].join("\n"),
      };
    },
    gather: async (self, work) => {
      write(memory, work(ground(memory, self)));
      return true;
    },
    claim: async (by, channels, holdMs) => claim(memory, by, channels, holdMs),
    settle: async (by, { id, channel, attempts, mayHaveArrived }, outcome) => {
      const { state, now } = memory;
      const row = itemAt(state.messages, "id", (each) => each.id, id);
      if (row?.claimedBy === by && row.attempts === attempts)
        change(memory, row, {
          state: (
            { sent: "sent", failed: mayHaveArrived ? "sending" : "waiting", dropped: "dropped" } as const
          )[outcome.kind],
          claimedUntilMs: now() + (outcome.kind === "failed" ? outcome.retryInMs : 0),
          receipt: outcome.kind === "sent" ? outcome.receipt : undefined,
          nextAtMs: now() + (outcome.kind === "failed" ? outcome.retryInMs : 0),
          claimedBy: undefined,
        });
      noteChannel(memory, channel, outcome.kind === "sent" ? undefined : outcome.why);
    },
    channels: async () =>
      [...memory.state.alertChannels.values()].map(({ pingedAtMs: _pinged, ...row }) => ({
        ...row,
        waiting: memory.state.messages.filter(({ channel, state }) => channel === row.name && isOpen(state))
          .length,
      })),
    alerts: async () => openAlerts(memory),
    claimPing: async (channel, everyMs) => {
      const row = memory.state.alertChannels.get(channel);
      const isDue = row !== undefined && (row.pingedAtMs ?? 0) < memory.now() - everyMs * 0.9;
      if (isDue) memory.state.alertChannels.set(channel, { ...row, pingedAtMs: memory.now() });
      return isDue;
    },
    noteChannel: async (channel, error) => noteChannel(memory, channel, error),
  };
}

const freshChannel: Omit<ChannelRow, "name" | "kind"> = {
  sentAt: undefined,
  failingSince: undefined,
  error: undefined,
  pingedAtMs: undefined,
};

function isOpen(state: MessageRow["state"]): boolean {
  return state === "waiting" || state === "sending";
}

function isDue(row: MessageRow, nowMs: number): boolean {
  return (
    (row.state === "waiting" && row.nextAtMs <= nowMs) ||
    (row.state === "sending" && row.claimedUntilMs <= nowMs)
  );
}

function openAlerts({ state, now }: Memory): readonly Alert[] {
  return [...state.alerts.values()]
    .filter(({ overAt }) => overAt === undefined || overAt > now() - dayMs)
    .toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
}

function outages({ state, now }: Memory): AlertGround["outages"] {
  return state.incidents
    .filter(({ untilAt }) => untilAt > now())
    .map(({ kind, name, why }) => ({ cause: `${kind}:${name}`, why }));
}

function orphans({ state, now }: Memory, self: AlertReader): readonly Orphan[] {
  return state.runs.flatMap((run) => {
    const { host, pid } = run.launcher;
    const row = state.launchers.get(run.launcherId);
    if (run.endedAt !== undefined || row?.isEnded === true) return [];
    if (row !== undefined && row.renewedAtMs >= now() - silentMs) return [];
    if (host === self.host && pid === self.pid) return [];
    return [{ unit: run.unit.name, host, pid, silentMs: row && now() - row.renewedAtMs }];
  });
}

function ground(memory: Memory, self: AlertReader): AlertGround {
  const { state, now } = memory;
  const events = state.inbox.splice(0, mostEvents).map(({ id, event, unitName }): AlertEvent => {
    const proxy = itemAt(state.proxies, "id", (each) => each.id, event.proxyId ?? "");
    const run = itemAt(state.runs, "id", (each) => each.id, event.runId ?? "");
    const { at, kind, severity, host, message, evidence = {} } = event;
    const unit = run?.unit.name ?? unitName;
    return {
      id,
      at,
      kind,
      severity,
      host,
      message,
      unit,
      proxyLabel: proxy?.label,
      vendor: proxy?.provider,
      evidence,
    };
  });
  const alerts = openAlerts(memory);
  return {
    now: instant(now()),
    events,
    alerts,
    messages: alerts
      .flatMap(({ id }) => itemsAt(state.messages, "alert", ({ alertId }) => alertId, id))
      .filter(({ channel }) => self.channels.includes(channel))
      .toSorted((a, b) => (a.alertId < b.alertId ? -1 : a.alertId > b.alertId ? 1 : a.step - b.step))
      .map((row) => ({ ...messageOf(row), isUntouched: row.state === "waiting" && row.attempts === 0 })),
    outages: outages(memory),
    orphans: orphans(memory, self),
  };
}

function messageOf({ id, alertId, channel, step, kind, content, madeAt }: MessageRow) {
  return { id, alertId, channel, step, kind, content, madeAt };
}

function change({ state }: Memory, row: MessageRow, next: Partial<MessageRow>): void {
  state.messages[state.messages.indexOf(row)] = { ...row, ...next };
}

function write(memory: Memory, { alerts, messages }: AlertWrites): void {
  const { state, now } = memory;
  for (const alert of alerts) state.alerts.set(alert.id, alert);
  for (const message of messages) {
    if (!state.alertChannels.has(message.channel)) continue;
    const present = itemAt(state.messages, "id", ({ id }) => id, message.id);
    if (present === undefined)
      state.messages.push({
        ...message,
        state: "waiting",
        attempts: 0,
        nextAtMs: now(),
        claimedBy: undefined,
        claimedUntilMs: 0,
        receipt: undefined,
      });
    else if (present.state === "waiting" && present.attempts === 0)
      change(memory, present, { kind: message.kind, content: message.content, madeAt: message.madeAt });
  }
}

function claim(
  memory: Memory,
  by: string,
  channels: readonly string[],
  holdMs: number,
): readonly ClaimedMessage[] {
  const { state, now } = memory;
  const isBefore = (row: MessageRow) => (other: MessageRow) =>
    other.alertId === row.alertId && other.channel === row.channel && other.step < row.step;
  const ofAlert = ({ alertId }: MessageRow) =>
    itemsAt(state.messages, "alert", (row) => row.alertId, alertId);
  return state.messages
    .filter((row) => channels.includes(row.channel) && isDue(row, now()))
    .filter((row) => !ofAlert(row).some((other) => isBefore(row)(other) && isOpen(other.state)))
    .toSorted((a, b) => a.nextAtMs - b.nextAtMs || (a.id < b.id ? -1 : 1))
    .slice(0, mostClaimed)
    .map((row) => {
      const mayHaveArrived = row.state === "sending";
      const attempts = row.attempts + 1;
      change(memory, row, { state: "sending", claimedBy: by, attempts, claimedUntilMs: now() + holdMs });
      const receipt = ofAlert(row)
        .filter(isBefore(row))
        .findLast((other) => other.receipt !== undefined)?.receipt;
      return { ...messageOf(row), ageMs: now() - row.madeAt, attempts, mayHaveArrived, receipt };
    });
}

function noteChannel({ state, now }: Memory, name: string, error: string | undefined): void {
  const row = state.alertChannels.get(name);
  if (row === undefined) return;
  const at = instant(now());
  const news =
    error === undefined
      ? { sentAt: at, failingSince: undefined, error }
      : { failingSince: row.failingSince ?? at, error };
  state.alertChannels.set(name, { ...row, ...news });
}
