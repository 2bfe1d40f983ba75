/**
 * Every client takes this advisory lock (shared, bigint form) right after it connects: the keeper stops the server only
 * while it holds the exclusive form, so no client is caught between connecting and its first query.
 */
export const sessionLock = 5_432_710_001;

/** Held by the one keeper, or by the foreground server in its place. */
export const keeperLock = 5_432_710_002;

/** Roles and database that every cluster has from its first moment. */
export const serverNames = {
  superuser: "postgres",
  /** The launcher's: no superuser, owns nothing, may not start programs. */
  launcher: "launch",
  /** May read who is connected, nothing else. */
  keeper: "launch_keeper",
  database: "launch",
  /** Only names the socket file: the server listens on no TCP port. */
  port: 5432,
} as const;

/** What pg_stat_activity shows for a foreground server's own connection. */
export const serveApplication = "launch-serve";
