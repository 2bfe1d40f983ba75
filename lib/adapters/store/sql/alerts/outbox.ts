import type { AlertStore } from "../../../../ports/alerts/alert-store.ts";
import { rowAt } from "../decode.ts";
import { hasChanged, type Session, send } from "../session.ts";
import { decodeClaimed } from "./alert-rows.ts";

/** Messages on their way, each with one sender at a time. */
export function outbox(session: Session): Pick<AlertStore, "claim" | "settle" | "claimPing" | "noteChannel"> {
  return {
    claim: async (by, channels, holdMs) => {
      const rows = await session.query({ text: claimText, values: [by, channels, holdMs] });
      return rows.map((row) => decodeClaimed(rowAt(row, "message")));
    },
    settle: async (by, { id, channel, attempts, mayHaveArrived }, outcome) => {
      const error = outcome.kind === "sent" ? null : outcome.why;
      const receipt = outcome.kind === "sent" ? outcome.receipt : undefined;
      const retryInMs = outcome.kind === "failed" ? outcome.retryInMs : 0;
      // That it may have arrived stays known however often it fails from then on.
      const failed = mayHaveArrived ? "sending" : "waiting";
      const state = { sent: "sent", failed, dropped: "dropped" }[outcome.kind];
      const values = [id, by, attempts, state, receipt, retryInMs];
      await send(session, settleText, values);
      await send(session, channelText, [channel, error]);
    },
    // A little less than the interval: the timers of launchers are late by themselves.
    claimPing: (channel, everyMs) => hasChanged(session, pingText, [channel, everyMs * 0.9]),
    noteChannel: (channel, error) => send(session, channelText, [channel, error ?? null]),
  };
}

/** Of a message whose time has come, or whose sender was not heard of again. */
export const dueText = `((state = 'waiting' and next_at <= clock_timestamp())
  or (state = 'sending' and claimed_until <= clock_timestamp()))`;

// The messages of an alert arrive in their order: a later one waits for the one before it.
const claimText = `with due as (
    select m.id, m.state as before from launch.alert_messages m
    where m.channel = any($2) and ${dueText}
      and not exists (
        select from launch.alert_messages e
        where e.alert_id = m.alert_id and e.channel = m.channel and e.step < m.step and e.state in ('waiting', 'sending'))
    order by m.next_at, m.id limit 20
    for update of m skip locked
  ), claimed as (
    update launch.alert_messages m set state = 'sending', claimed_by = $1, attempts = m.attempts + 1,
      claimed_until = clock_timestamp() + make_interval(secs => $3 / 1000.0)
    from due where m.id = due.id returning m.*, due.before
  )
  select to_jsonb(c) || jsonb_build_object('may_have_arrived', c.before = 'sending',
      'age_ms', extract(epoch from clock_timestamp() - c.made_at) * 1000, 'last_receipt', (
      select e.receipt from launch.alert_messages e
      where e.alert_id = c.alert_id and e.channel = c.channel and e.step < c.step and e.receipt is not null
      order by e.step desc limit 1)) as message
  from claimed c order by c.next_at, c.id`;

const settleText = `update launch.alert_messages set state = $4, receipt = $5,
    next_at = clock_timestamp() + make_interval(secs => $6 / 1000.0),
    sent_at = case when $4 = 'sent' then clock_timestamp() end, claimed_by = null,
    claimed_until = case when $4 = 'sending' then clock_timestamp() + make_interval(secs => $6 / 1000.0) end
  where id = $1 and claimed_by = $2 and attempts = $3`;

const channelText = `update launch.alert_channels set
    sent_at = case when $2::text is null then clock_timestamp() else sent_at end, error = $2,
    failing_since = case when $2::text is null then null else coalesce(failing_since, clock_timestamp()) end
  where name = $1`;

const pingText = `update launch.alert_channels set pinged_at = clock_timestamp()
  where name = $1 and (pinged_at is null or pinged_at < clock_timestamp() - make_interval(secs => $2 / 1000.0))
  returning name`;
