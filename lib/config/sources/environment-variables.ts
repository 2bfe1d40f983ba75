/** Every variable that the launcher reads, with what it is for; .env.example and docs/configuration.md list the same. */
export const environmentVariables = {
  LAUNCH_CONFIG: "The launch.yaml to use instead of searching for one.",
  LAUNCH_STATE_DIR: "The state folder: keys, sockets, logs and the embedded database.",
  LAUNCH_KEY_FILE: "The file with the master keys, newest first, mode 0600.",
  LAUNCH_FERNET_KEYS: "The master keys themselves; works with a warning, but not from .env.",
  LAUNCH_DATABASE_URL: "Your own PostgreSQL; without it Slipway runs a private one.",
  LAUNCH_DATABASE_PASSFILE: "The file with the database's password, in the form of .pgpass, mode 0600.",
  LAUNCH_DATABASE_MIGRATE_URL: "The same database with a user who may migrate, if that is another user.",
  DATABASE_URL: "Used when LAUNCH_DATABASE_URL is not set.",
} as const satisfies Record<string, string>;

export type EnvironmentVariable = keyof typeof environmentVariables;
