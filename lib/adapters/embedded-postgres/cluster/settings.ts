/** The text of launch.conf: the settings of the server, by major version. `ALTER SYSTEM` overrides them. */
export function serverSettings(major: number): string {
  const lines = [
    "# Written at every start; use ALTER SYSTEM for changes of your own.",
    "listen_addresses = ''",
    "unix_socket_permissions = 0700",
    "max_connections = 200",
    "superuser_reserved_connections = 5",
    "shared_buffers = 32MB",
    "huge_pages = off",
    "# logind removes the POSIX segments of a user who logs out (RemoveIPC).",
    "dynamic_shared_memory_type = mmap",
    "wal_level = minimal",
    "max_wal_senders = 0",
    "max_logical_replication_workers = 0",
    "min_wal_size = 32MB",
    "max_wal_size = 256MB",
    "max_worker_processes = 2",
    "max_parallel_workers = 0",
    "max_parallel_workers_per_gather = 0",
    "jit = off",
    "fsync = on",
    "synchronous_commit = on",
    "full_page_writes = on",
    "idle_in_transaction_session_timeout = 60s",
    "client_connection_check_interval = 5s",
    "log_line_prefix = '%m [%p] %a '",
    "# The log gets messages, never statements or their values.",
    "log_min_error_statement = panic",
    "log_parameter_max_length = 0",
    "log_parameter_max_length_on_error = 0",
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    // Saves the three I/O workers that 18 starts by default.
    ...(major >= 18 ? ["io_method = sync"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** The arguments of initdb besides the folder. The builtin locale survives an update of the system's C library. */
export function initArguments(major: number, superuser: string): readonly string[] {
  const locale =
    major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] : ["--locale=C"];
  const encoding = ["-E", "UTF8", "--data-checksums", "--wal-segsize=4"];
  // --no-sync: the finished folder is synced once, before it is published.
  return ["-U", superuser, "-A", "trust", ...encoding, "--no-sync", ...locale];
}
