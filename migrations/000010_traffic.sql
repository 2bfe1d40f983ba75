-- What went through each account's relay, by the venue it spoke to and the calendar month (UTC): vendors bill by the byte. The venue is
-- "other" for hosts of no known venue.
create table traffic (
  account_id uuid not null references accounts (id) on delete cascade,
  month date not null,
  venue text not null,
  connections bigint not null,
  bytes_up bigint not null,
  bytes_down bigint not null,
  constraint traffic_pkey primary key (account_id, month, venue),
  constraint traffic_month_check check (extract(day from month) = 1)
);
