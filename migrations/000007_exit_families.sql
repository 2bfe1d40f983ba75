-- A bot may leave by IPv4 and by IPv6: `exit_ip` is its main exit, this one that of the other address family.
alter table runs add column second_exit_ip inet;
