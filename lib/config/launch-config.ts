import type { MetricsPlace } from "../domain/alerts/metrics-place.ts";
import type { NotifySettings } from "../domain/alerts/notify-settings.ts";
import type { UnitCare } from "../domain/desk/unit-care.ts";
import type { PublicRange } from "../domain/ip.ts";
import type { LogLimits } from "../domain/logs/log-limits.ts";
import type { QuietHours } from "../domain/reputation/quiet-hours.ts";
import type { SwitchRules } from "../domain/reputation/switch-rules.ts";
import type { IsolationWish } from "../domain/run/tier.ts";
import type {
  FailoverWish,
  HeartbeatSettings,
  NoProxyWish,
  RestartWish,
  Runtime,
  StopSettings,
} from "../domain/run/unit.ts";
import type { Secret } from "../domain/secret.ts";
import type { OutputRule } from "../domain/verdict/output-rule.ts";
import type { VenueEntry } from "../domain/verdict/venue-entry.ts";

/** Everything that files, environment and flags decide, parsed once and frozen. */
export interface LaunchConfig extends FileChoices {
  /** The launch.yaml in use; undefined when none was found. */
  readonly file: string | undefined;
  /** The .env in use; undefined when none was found. */
  readonly envFile: string | undefined;
  /** Where the operator stood: relative commands given after `--` start there. */
  readonly cwd: string;
  readonly stateFolder: string;
  readonly database: DatabaseSettings;
  /** The database as messages name it, without user and password: "embedded in /srv/desk", "postgres://db.example/desk". */
  readonly shownDatabase: string;
  /** Whether nothing but the user decided which database it is: embedded, in the user's own state folder. */
  readonly isUsualDatabase: boolean;
  readonly keys: KeySource;
  /** Sentences for the operator about what was found but should be changed. */
  readonly warnings: readonly string[];
  /** Each value with its source, for `launch config explain`; no secret in it. */
  readonly settings: readonly Setting[];
}

/** What launch.yaml alone decides, with what holds where it says nothing. */
export interface FileChoices {
  readonly network: NetworkSettings;
  /** Whether each bot has a connection to its proxy ready (`relay.warm`). */
  readonly relay: { readonly isWarm: boolean };
  /** How long a launcher's leases last without a renewal. */
  readonly lease: { readonly ttlMs: number };
  /** How long runs and events are kept. */
  readonly history: { readonly keepDays: number };
  /** How long what was seen of exits and venues is kept. */
  readonly evidence: { readonly keepDays: number };
  /** By which rules exits are judged and left (`switch` of launch.yaml). */
  readonly switching: { readonly rules: SwitchRules; readonly quietHours: QuietHours | undefined };
  /** How much of what bots and collectors write is kept. */
  readonly logs: LogLimits;
  readonly selection: { readonly order: SelectionOrder };
  /** Where people are told of trouble; undefined: nowhere. */
  readonly notify: NotifySettings | undefined;
  /** Where figures can be asked for; undefined: nowhere. */
  readonly metrics: MetricsPlace | undefined;
  /** What the user says that venues' answers mean, and lines that bots print. */
  readonly venues: readonly VenueEntry[];
  readonly outputRules: readonly OutputRule[];
  readonly defaults: UnitEntry;
  /** By account, or by a pattern of accounts' names. */
  readonly bots: Readonly<Record<string, UnitEntry>>;
  readonly collectors: Readonly<Record<string, UnitEntry>>;
}

/** One value as shown to people, and where it comes from ("default", "LAUNCH_STATE_DIR", "launch.yaml:3:5"). */
export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

export type SelectionOrder = "continuity" | "round_robin";

export interface NetworkSettings {
  /** At least two http(s) URLs that answer with the caller's address. */
  readonly witnesses: readonly string[];
  /** Private ranges that are accepted as exits, for a lab. */
  readonly publicRanges: readonly PublicRange[];
  /** Whether the launcher may connect to anything but proxies; a firewall may forbid it. */
  readonly isDirectAllowed: boolean;
  /** Whether standbys and venues are probed in the background. */
  readonly hasProbes: boolean;
  /** Names this host where machine, boot and network namespace do not. */
  readonly hostKey: string | undefined;
}

/** Which PostgreSQL holds the facts. */
export type DatabaseSettings =
  | { readonly kind: "embedded"; readonly schema: string }
  | {
      readonly kind: "server";
      readonly schema: string;
      /** The whole URL: it may hold a password. */
      readonly url: Secret;
      /** Scheme, host, port and database, for messages. */
      readonly shown: string;
      /** The variable that gave it; undefined when a file did. */
      readonly variable: string | undefined;
      /** Variables that hold its address or its password and must not reach a child. */
      readonly ownVariables: readonly string[];
      /** The file that has the password where the URL has none, as libpq's .pgpass has; undefined when none is named. */
      readonly passFile: string | undefined;
      /** Whether that file was handed over (CREDENTIALS_DIRECTORY): then its group may read it. */
      readonly isPassFileHandedOver: boolean;
      /** Used for migrations only; the same server with more rights. */
      readonly migrateUrl: Secret | undefined;
    };

/** Where the master keys are. */
export type KeySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "credential"; readonly path: string }
  | { readonly kind: "variable"; readonly variable: "LAUNCH_FERNET_KEYS"; readonly keys: Secret };

/** What launch.yaml says of one bot or collector, or of all of them under `defaults`; what it does not say is undefined. */
export interface UnitEntry {
  readonly command?: readonly string[] | undefined;
  /** Absolute. */
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; later files win over earlier ones, `env` wins over both. */
  readonly envFiles: readonly string[];
  readonly passEnv: readonly string[];
  readonly runtime?: Runtime | undefined;
  readonly observe?: boolean | undefined;
  readonly heartbeat: Partial<HeartbeatSettings>;
  readonly runAs?: string | undefined;
  readonly isolation?: IsolationWish | undefined;
  readonly tmp?: "own" | "shared" | undefined;
  readonly ports?: readonly string[] | undefined;
  readonly local?: readonly string[] | undefined;
  readonly publish?: readonly string[] | undefined;
  readonly tty?: boolean | undefined;
  readonly restart?: RestartWish | undefined;
  readonly stop: Partial<StopSettings>;
  readonly onFailover?: FailoverWish | undefined;
  readonly onNoProxy?: NoProxyWish | undefined;
  readonly preSwitch?: readonly string[] | undefined;
  readonly onLost?: readonly string[] | undefined;
  readonly pinExit?: boolean | undefined;
  readonly outputPatterns?: boolean | undefined;
  /** Absolute. */
  readonly logFile?: string | undefined;
  readonly instances?: "one" | "many" | undefined;
  readonly after?: readonly string[] | undefined;
  readonly ready?: UnitCare["ready"];
  readonly memoryLimitBytes?: number | undefined;
  readonly restartAt?: number | undefined;
}

/** The entry of something that the file does not name. */
export const emptyEntry: UnitEntry = { env: {}, envFiles: [], passEnv: [], heartbeat: {}, stop: {} };
