-- That the facts of this database go to another one, or came from it (`launch db move`): one row at most.
create table moves (
  -- Both databases of one move name the same.
  id uuid primary key,
  stage text not null,
  -- The other database, without user and password.
  other text not null,
  at timestamptz not null default clock_timestamp(),
  is_only boolean not null default true unique,
  constraint moves_stage_check check (stage in ('leaving', 'left', 'arriving', 'arrived')),
  constraint moves_is_only_check check (is_only)
);
