-- What operators want of bots and collectors. A unit is known by its key: `bot:<account id>` or `collector:<name>`.

-- No row means up.
create table units (
  unit_key text primary key,
  wanted text not null,
  by text not null,
  why text,
  at timestamptz not null,
  constraint units_wanted_check check (wanted in ('up', 'down'))
);

-- A verb for whichever launcher runs the unit when it is asked; carried out at that launcher's next renewal.
create table requests (
  id uuid primary key,
  unit_key text not null,
  verb text not null,
  arguments jsonb not null default '{}',
  by text not null,
  at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  -- Whether it was done, and a sentence about it.
  is_done boolean,
  answer text,
  constraint requests_verb_check check (verb in ('stop', 'start', 'restart', 'rotate', 'check')),
  constraint requests_answer_check check ((answered_at is null) = (is_done is null) and (answered_at is null) = (answer is null))
);
create index requests_open_idx on requests (unit_key) where answered_at is null;
