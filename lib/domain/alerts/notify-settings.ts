import type { KeyId } from "../ids.ts";
import type { QuietHours } from "../reputation/quiet-hours.ts";
import type { AlertTopic } from "./alert-topic.ts";

/** `notify` of launch.yaml: where people are told, and when. */
export interface NotifySettings {
  readonly channels: readonly ChannelSettings[];
  readonly pings: readonly PingSettings[];
  readonly rules: AlertRules;
  readonly quietHours: QuietHours | undefined;
}

/** How alerts become messages. */
export interface AlertRules {
  /** The first message waits so long for others with the same cause. */
  readonly gatherMs: number;
  /** Two messages of one alert have at least this distance; what can be edited is edited meanwhile. */
  readonly betweenMs: number;
  /** A message is edited at most so often. */
  readonly editEveryMs: number;
  /** An alert is over once nobody was hit for so long. */
  readonly settleMs: number;
  /** An alert that is over and comes back within this time is the same one. */
  readonly returnMs: number;
  /** While nothing ends an alert, it is told again so often; undefined: never. */
  readonly remindMs: number | undefined;
}

export const alertDefaults: AlertRules = {
  gatherMs: 4_000,
  betweenMs: 5 * 60_000,
  editEveryMs: 10_000,
  settleMs: 20_000,
  returnMs: 10 * 60_000,
  remindMs: 4 * 3_600_000,
};

/** A secret that only a file holds; read whenever it is needed, so that a new one counts at once. */
export interface SecretFile {
  readonly path: string;
}

interface ForAll {
  readonly name: string;
  /** Undefined: all of them. */
  readonly topics: readonly AlertTopic[] | undefined;
  /** Undefined: those of `notify`. */
  readonly quietHours: QuietHours | undefined;
}

export type ChannelSettings = ForAll & ChannelPlace;

/** Where a channel's messages go. */
export type ChannelPlace =
  | {
      readonly kind: "webhook";
      readonly url: string | SecretFile;
      readonly secret: SecretFile;
    }
  | { readonly kind: "telegram"; readonly token: SecretFile; readonly chat: string; readonly api: string }
  | {
      readonly kind: "ntfy";
      readonly server: string;
      readonly topic: string | SecretFile;
      readonly token: SecretFile | undefined;
    }
  | { readonly kind: "discord" | "slack"; readonly url: SecretFile }
  | {
      readonly kind: "email";
      readonly from: string;
      readonly to: readonly string[];
      readonly host: string;
      readonly port: number;
      readonly security: "tls" | "starttls" | "none";
      readonly user: string | undefined;
      readonly password: SecretFile | undefined;
    }
  | { readonly kind: "command"; readonly command: readonly string[]; readonly cwd: string };

/** A dead man's switch: somebody else is told regularly that all is well, and says so when he is told no more. */
export interface PingSettings {
  readonly name: string;
  readonly shape: "healthchecks" | "kuma";
  readonly url: SecretFile;
  readonly everyMs: number;
  /** The bots and collectors that must be alive; undefined: all that the database knows. */
  readonly units: readonly string[] | undefined;
}

/** A file of a secret that `launch notify seal` sealed. */
export interface SealedFile extends SecretFile {
  readonly keyId: KeyId;
}

/** Every file that holds a secret of a channel. */
export function secretPaths({ channels, pings }: NotifySettings): readonly string[] {
  const values = [...channels, ...pings].flatMap((each) => Object.values(each) as readonly unknown[]);
  const paths = values.flatMap((value) =>
    typeof value === "object" && value !== null && "path" in value ? [String(value.path)] : [],
  );
  return [...new Set(paths)];
}
