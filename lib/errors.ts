/** Every error code with the status the program ends with and what it means; docs/errors.md and docs/errors-of-set-up.md list the same codes. */
export const errorCatalogue = {
  LAUNCH_USAGE: { exitStatus: 64, meaning: "The command line is wrong." },
  LAUNCH_UNKNOWN_ACCOUNT: { exitStatus: 64, meaning: "No account has this name." },
  LAUNCH_UNKNOWN_PROXY: { exitStatus: 64, meaning: "No proxy has this label." },
  LAUNCH_UNKNOWN_VENUE: { exitStatus: 64, meaning: "No exchange or broker is known by this name." },
  LAUNCH_UNKNOWN_UNIT: {
    exitStatus: 64,
    meaning: "launch.yaml names no such bot or collector and no command was given.",
  },
  LAUNCH_INVALID_VALUE: {
    exitStatus: 64,
    meaning: "A value given on the command line or in an import is not valid.",
  },
  LAUNCH_ALREADY_EXISTS: { exitStatus: 64, meaning: "The name or label is taken." },
  LAUNCH_IMPORT_REJECTED: {
    exitStatus: 1,
    meaning: "Lines of an import could not be read; nothing was stored.",
  },
  LAUNCH_IN_USE: {
    exitStatus: 1,
    meaning: "A running bot or collector still needs what the command would remove.",
  },
  LAUNCH_NO_LOG: { exitStatus: 1, meaning: "Nothing that was named has written a log on this host." },
  LAUNCH_CHECK_FAILED: { exitStatus: 1, meaning: "A check found something wrong." },
  LAUNCH_CONFIG_INVALID: {
    exitStatus: 78,
    meaning: "launch.yaml or the environment cannot be used as it stands.",
  },
  LAUNCH_MASTER_KEY_MISSING: { exitStatus: 78, meaning: "No master key was found." },
  LAUNCH_MASTER_KEY_EXPOSED: { exitStatus: 78, meaning: "The key file can be read by other users." },
  LAUNCH_STATE_UNUSABLE: { exitStatus: 78, meaning: "The state folder cannot be used." },
  LAUNCH_TIER_UNAVAILABLE: {
    exitStatus: 78,
    meaning: "The enforcement tier that was asked for does not work here.",
  },
  LAUNCH_PLATFORM_UNSUPPORTED: { exitStatus: 78, meaning: "Slipway does not run on this platform." },
  LAUNCH_SCHEMA_TOO_NEW: { exitStatus: 78, meaning: "The database was migrated by a newer Slipway." },
  LAUNCH_SCHEMA_OUTDATED: {
    exitStatus: 78,
    meaning: "The database has not been migrated to what this Slipway needs.",
  },
  LAUNCH_FOREIGN_DATABASE: {
    exitStatus: 78,
    meaning: "The database belongs to something else and was not touched.",
  },
  LAUNCH_DATABASE_MOVED: {
    exitStatus: 78,
    meaning: "This database was moved to another one, or a move is not finished.",
  },
  LAUNCH_ENGINE_MISSING: {
    exitStatus: 78,
    meaning: "No PostgreSQL binaries were found for the embedded database.",
  },
  LAUNCH_PACKAGE_MISSING: {
    exitStatus: 78,
    meaning: "A package that only some programs need is not installed.",
  },
  LAUNCH_PROXY_UNAVAILABLE: {
    exitStatus: 69,
    meaning: "No assigned proxy can be used, or the one that a program named does not work.",
  },
  LAUNCH_HOST_OFFLINE: {
    exitStatus: 75,
    meaning: "This host reaches nothing: no proxy is blamed, and no verdict was changed.",
  },
  LAUNCH_HOST_LIMIT: {
    exitStatus: 75,
    meaning:
      "This host or the launcher has reached a limit: open files, ports, memory, room for its output, or the time within which a bot's network (20 s) or a new database (180 s) has to be ready.",
  },
  LAUNCH_PROXY_AUTH: { exitStatus: 77, meaning: "The proxy refused the credential." },
  LAUNCH_TARGET_UNREACHABLE: { exitStatus: 75, meaning: "The proxy works, but did not reach the target." },
  LAUNCH_CREDENTIAL_UNOPENABLE: {
    exitStatus: 77,
    meaning: "A stored credential cannot be opened with the present keys.",
  },
  LAUNCH_LEASE_HELD: {
    exitStatus: 75,
    meaning: "Another run holds the account, the exit IP or the collector.",
  },
  LAUNCH_LEASE_LOST: {
    exitStatus: 75,
    meaning: "The lease could not be renewed in time; the bot was stopped.",
  },
  LAUNCH_STORE_UNREACHABLE: { exitStatus: 75, meaning: "The database does not answer." },
  LAUNCH_MIGRATION_FAILED: {
    exitStatus: 75,
    meaning: "A migration could not be applied; nothing of it was kept.",
  },
  LAUNCH_SPAWN_FAILED: { exitStatus: 71, meaning: "The command could not be started." },
  LAUNCH_PROFILE_IN_USE: {
    exitStatus: 75,
    meaning: "Another process uses the browser profile that the bot names.",
  },
  LAUNCH_STOP_FAILED: { exitStatus: 71, meaning: "Processes of a bot or collector could not be killed." },
  LAUNCH_RESTART_BUDGET_SPENT: { exitStatus: 71, meaning: "The bot ended too often in too short a time." },
  LAUNCH_INTERNAL: { exitStatus: 70, meaning: "Slipway did something it should not; please report it." },
} as const satisfies Record<string, { readonly exitStatus: number; readonly meaning: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Ends of a launcher after which whoever supervises it does not start it again (docs/cli.md, Exit statuses): only a person can change anything. */
export const statusesForPeople: readonly number[] = [2, 64, 69, 77, 78];

/** Ends on purpose, by a signal that came before anything ran: SIGHUP, SIGINT, SIGQUIT and SIGTERM. */
export const statusesOfSignals: readonly number[] = [129, 130, 131, 143];

/** What a launcher ends with under pm2 where it would be 0: pm2 takes one that a signal killed for one that ended with 0. */
export const successUnderPm2 = 99;

export interface ErrorDetail {
  /** What to type next, one line. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Set only where one code may end with two statuses (docs/architecture.md, Exit statuses): nothing eligible yet 75, never 69. */
  readonly exitStatus?: number | undefined;
}

/** The root of every error that ends a command: a code of the catalogue, the process status and a hint. */
export class LaunchError extends Error {
  override readonly name: string = "LaunchError";
  readonly code: ErrorCode;
  readonly exitStatus: number;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.exitStatus = detail.exitStatus ?? errorCatalogue[code].exitStatus;
    this.hint = detail.hint;
  }
}

/** The command line or an imported value is wrong. */
export class UsageError extends LaunchError {
  override readonly name: string = "UsageError";
}

/** The file, environment, keys, state folder, schema or tier cannot be used as they stand. */
export class ConfigError extends LaunchError {
  override readonly name: string = "ConfigError";
}

/** No assigned proxy is eligible (the message lists every candidate and why), or the one that a program named does not work. */
export class ProxyUnavailableError extends LaunchError {
  override readonly name = "ProxyUnavailableError";
  constructor(message: string, detail: ErrorDetail = {}) {
    super("LAUNCH_PROXY_UNAVAILABLE", message, detail);
  }
}

/** The proxy refused the credential: another target would not have helped. */
export class ProxyAuthError extends LaunchError {
  override readonly name = "ProxyAuthError";
  constructor(message: string, detail: ErrorDetail = {}) {
    super("LAUNCH_PROXY_AUTH", message, detail);
  }
}

/** The proxy works, but did not reach this target. */
export class TargetUnreachableError extends LaunchError {
  override readonly name = "TargetUnreachableError";
  constructor(message: string, detail: ErrorDetail = {}) {
    super("LAUNCH_TARGET_UNREACHABLE", message, detail);
  }
}

/** A stored credential cannot be opened: a missing, wrong or rotated key, never the network. */
export class CredentialUnopenableError extends LaunchError {
  override readonly name = "CredentialUnopenableError";
  constructor(message: string, detail: ErrorDetail = {}) {
    super("LAUNCH_CREDENTIAL_UNOPENABLE", message, detail);
  }
}

/** The database or a lease in it is unavailable. */
export class StoreError extends LaunchError {
  override readonly name: string = "StoreError";
}

/** A process could not start, or ended too often. */
export class ProcessError extends LaunchError {
  override readonly name: string = "ProcessError";
}

/** A state that cannot happen; `id` is fixed at the place that throws, so that it can be searched for. */
export class InternalError extends LaunchError {
  override readonly name = "InternalError";
  constructor(id: string, message: string, detail: ErrorDetail = {}) {
    super("LAUNCH_INTERNAL", `${message} (${id})`, detail);
  }
}
