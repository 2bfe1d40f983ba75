import type {
  AlertGround,
  AlertReader,
  AlertStore,
  AlertWrites,
} from "../../../../ports/alerts/alert-store.ts";
import type { Connections } from "../../connections.ts";
import { asColumns } from "../change.ts";
import {
  booleanAt,
  instantAt,
  numberAt,
  optionalInstantAt,
  optionalNumberAt,
  optionalTextAt,
  rowAt,
  textAt,
} from "../decode.ts";
import { queryRows, type Row, readRows, type Session, send } from "../session.ts";
import { alertRow, decodeAlert, decodeEvent, decodeStored } from "./alert-rows.ts";
import { dueText, outbox } from "./outbox.ts";

/** Alerts and their outbox; opened only by a launcher with `notify`, and by the commands that show it. */
export function alertStore(connections: Connections): AlertStore {
  const { session } = connections;
  return {
    ...outbox(session),
    have: (channels) => send(session, haveText, [JSON.stringify(channels)]),
    look: async (self) => {
      const values = [self.host, self.pid, self.channels];
      const [row = {}] = await session.query({ text: lookText, values, isRepeatable: true });
      return {
        hasEvents: booleanAt(row, "has_events"),
        isOpen: booleanAt(row, "is_open"),
        hasDue: booleanAt(row, "has_due"),
        mark: textAt(row, "mark"),
      };
    },
    gather: (self, work) =>
      connections.transaction(async (within) => {
        const [lock] = await within.query({ text: lockText });
        if (!booleanAt(lock ?? {}, "is_mine")) return false;
        await write(within, work(await readGround(within, self)));
        return true;
      }),
    alerts: () => readRows(session, { text: alertsText }, decodeAlert),
    channels: () =>
      queryRows(session, { text: channelsText }, (row) => {
        const channel = rowAt(row, "channel");
        return {
          name: textAt(channel, "name"),
          kind: textAt(channel, "kind"),
          sentAt: optionalInstantAt(channel, "sent_at"),
          failingSince: optionalInstantAt(channel, "failing_since"),
          error: optionalTextAt(channel, "error"),
          waiting: numberAt(row, "waiting"),
        };
      }),
  };
}

const haveText = `insert into launch.alert_channels (name, kind)
  select name, kind from json_to_recordset($1::json) as c (name text, kind text) order by name
  on conflict (name) do update set kind = excluded.kind, seen_at = clock_timestamp()`;

const lockText = "select pg_try_advisory_xact_lock(hashtextextended('launch.alerts', 0)) as is_mine";

// A launcher that is silent for two of its TTLs does not come back by itself. What of it was not ended is orphaned.
const orphansText = `select r.name as unit, r.host, r.launcher_pid as pid,
    extract(epoch from statement_timestamp() - la.renewed_at) * 1000 as silent_ms
  from launch.runs r left join launch.launchers la on la.id = r.launcher_id
  where r.ended_at is null and (la.id is null or la.ended_at is null)
    and (la.id is null or la.renewed_at < statement_timestamp() - 2 * la.ttl_ms * interval '1 ms')
    and not (r.host = $1 and r.launcher_pid = $2)`;

const openText = "over_at is null or over_at > statement_timestamp() - interval '1 day'";

// Of a launcher that has been silent for longer than a day nothing begins any more.
const lookText = `with open as (
    select 'alert ' || id || ' ' || coalesce(over_at::text, '') as what, true as counts from launch.alerts where ${openText}
    union all select 'outage ' || kind || ' ' || name || ' ' || why, true from launch.incidents where until_at > statement_timestamp()
    union all select 'orphan ' || unit || ' ' || host || ' ' || pid, coalesce(silent_ms < 86400000, false) from (${orphansText}) o
  )
  select exists (select from launch.alert_inbox) as has_events,
    coalesce(bool_or(counts), false) as is_open,
    exists (select from launch.alert_messages where channel = any($3) and ${dueText}) as has_due,
    md5(coalesce(string_agg(what, E'\\n' order by what collate "C"), '')) as mark
  from open`;

const alertsText = `select to_jsonb(a) as row from launch.alerts a where ${openText} order by opened_at, id`;

const channelsText = `select to_jsonb(c) as channel, (
    select count(*) from launch.alert_messages m where m.channel = c.name and m.state in ('waiting', 'sending')) as waiting
  from launch.alert_channels c order by c.name collate "C"`;

const eventsText = `with taken as (
    delete from launch.alert_inbox where event_id in (select event_id from launch.alert_inbox order by event_id limit 2000)
    returning event_id, event
  )
  select t.event, p.label, p.provider, r.name as unit
  from taken t
    left join launch.network_proxies p on p.id = (t.event->>'proxy_id')::uuid
    left join launch.runs r on r.run_id = (t.event->>'run_id')::uuid
  order by t.event_id`;

const messagesText = `select to_jsonb(m) as row from launch.alert_messages m
  where m.channel = any($1) and m.alert_id = any($2::uuid[]) order by m.alert_id, m.channel, m.step`;

const outagesText = `select kind || ':' || name as cause, why from launch.incidents where until_at > statement_timestamp()`;

async function readGround(session: Session, self: AlertReader): Promise<AlertGround> {
  const events = await session.query({ text: eventsText });
  const alerts = await readRows(session, { text: alertsText }, decodeAlert);
  const ids = alerts.map(({ id }) => id);
  const messages = await readRows(
    session,
    { text: messagesText, values: [self.channels, ids] },
    decodeStored,
  );
  const outages = await session.query({ text: outagesText });
  const orphans = await session.query({ text: orphansText, values: [self.host, self.pid] });
  const [clock] = await session.query({ text: "select to_jsonb(clock_timestamp()) as now" });
  return {
    now: instantAt(clock ?? {}, "now"),
    events: events.map(decodeEvent),
    alerts,
    messages,
    outages: outages.map((row) => ({ cause: textAt(row, "cause"), why: textAt(row, "why") })),
    orphans: orphans.map(decodeOrphan),
  };
}

function decodeOrphan(row: Row) {
  return {
    unit: textAt(row, "unit"),
    host: textAt(row, "host"),
    pid: numberAt(row, "pid"),
    silentMs: optionalNumberAt(row, "silent_ms"),
  };
}

async function write(session: Session, { alerts, messages }: AlertWrites): Promise<void> {
  if (alerts.length > 0)
    await session.query({ text: putAlertsText, values: [JSON.stringify(alerts.map(alertRow))] });
  if (messages.length > 0)
    await session.query({ text: putMessagesText, values: [JSON.stringify(messages.map(asColumns))] });
}

const putAlertsText = `insert into launch.alerts (id, cause, opened_at, over_at, body)
  select id, cause, opened_at, over_at, body from json_populate_recordset(null::launch.alerts, $1::json)
  on conflict (id) do update set over_at = excluded.over_at, body = excluded.body`;

// A channel whose row was dropped meanwhile is nobody's any more. What has been begun stays as it was made.
const putMessagesText = `insert into launch.alert_messages as m (id, alert_id, channel, step, kind, content, made_at)
  select n.id, n.alert_id, n.channel, n.step, n.kind, n.content, n.made_at
  from json_populate_recordset(null::launch.alert_messages, $1::json) n
  where exists (select from launch.alert_channels c where c.name = n.channel)
  on conflict (id) do update set kind = excluded.kind, content = excluded.content, made_at = excluded.made_at
    where m.state = 'waiting' and m.attempts = 0`;
