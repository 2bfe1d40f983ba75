-- What people are told, by whom, and what became of it. An event that concerns people is put into `alert_inbox` by the transaction
-- that stores it, so none is lost between the two; the launchers that have `notify` in their launch.yaml take it out again, one at a
-- time, and the transaction that takes it out writes the messages. Nothing is put in while no launcher has a channel.

-- Where messages go, by the name that launch.yaml gives them: two launchers with a channel of one name share it.
create table alert_channels (
  name text not null,
  kind text not null,
  -- The last time that a launcher said it has this channel.
  seen_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  -- A dead man's switch: when a launcher took it upon itself to ping last.
  pinged_at timestamptz,
  -- Since when it has failed, without a success in between, and why.
  failing_since timestamptz,
  error text,
  constraint alert_channels_pkey primary key (name),
  constraint alert_channels_error_check check ((failing_since is null) = (error is null))
);

create table alert_inbox (
  event_id bigint not null,
  event jsonb not null,
  constraint alert_inbox_pkey primary key (event_id)
);

-- One trouble by its cause. It is open while somebody is hit; `body` is what the policy keeps of it.
create table alerts (
  id uuid not null,
  cause text not null,
  opened_at timestamptz not null,
  over_at timestamptz,
  body jsonb not null,
  constraint alerts_pkey primary key (id)
);
create unique index alerts_open_key on alerts (cause) where over_at is null;
create index alerts_over_idx on alerts (over_at) where over_at is not null;

-- The outbox. `id` is the idempotency key that the receiver gets: however often a message is sent, it is the same.
create table alert_messages (
  id text not null,
  alert_id uuid not null references alerts (id) on delete cascade,
  channel text not null references alert_channels (name) on delete cascade,
  step integer not null,
  kind text not null,
  content jsonb not null,
  made_at timestamptz not null default clock_timestamp(),
  state text not null default 'waiting',
  next_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  -- Who sends it at this moment, and until when others keep off.
  claimed_by uuid,
  claimed_until timestamptz,
  sent_at timestamptz,
  -- How the channel names what it was sent, for editing it.
  receipt text,
  constraint alert_messages_pkey primary key (id),
  constraint alert_messages_step_key unique (alert_id, channel, step),
  constraint alert_messages_kind_check check (kind in ('news', 'edit', 'reminder', 'over')),
  constraint alert_messages_state_check check (state in ('waiting', 'sending', 'sent', 'dropped'))
);
create index alert_messages_due_idx on alert_messages (next_at) where state in ('waiting', 'sending');

create function note_for_alerts() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from alert_channels) then
    insert into alert_inbox (event_id, event) values (new.id, to_jsonb(new)) on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger events_note_for_alerts after insert on events for each row
  when (new.severity <> 'info' or new.kind in ('bot.started', 'bot.stopped', 'collector.started', 'collector.stopped', 'switch.done'))
  execute function note_for_alerts();
