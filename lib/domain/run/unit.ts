import type { IsolationWish } from "./tier.ts";

export type RestartWish = "on-failure" | "always" | "never";
export type FailoverWish = "restart" | "reconnect";
export type NoProxyWish = "exit" | "hold";

/** How a tree is asked to stop before it is killed. */
export interface StopSettings {
  /** Without the SIG prefix: "TERM". */
  readonly signal: string;
  readonly graceMs: number;
}

/** What bots and collectors have in common: a process and how to care for it. */
export interface ProcessSettings {
  /** Never empty; the first word is the executable. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the operator's that pass although they would be taken out. */
  readonly passEnv: readonly string[];
  readonly tty: boolean;
  readonly restart: RestartWish;
  readonly stop: StopSettings;
  /** It is started anew when its processes hold more. */
  readonly memoryLimitBytes?: number | undefined;
  /** Where the stamped log is written; undefined with `tty`. */
  readonly logFile: string | undefined;
}

/** The languages in whose programs we can look from inside. */
export const runtimes = ["node", "python"] as const;
export type Runtime = (typeof runtimes)[number];

/** When a bot that shows life is taken for one that hangs; undefined is the runtime's own. */
export interface HeartbeatSettings {
  readonly lostAfterMs: number | undefined;
  /** How long its asyncio loop may stand still; undefined: that is only told. */
  readonly loopMs: number | undefined;
}

/** An identity-bound process. */
export interface Bot extends ProcessSettings {
  readonly kind: "bot";
  /** The account's name. */
  readonly name: string;
  readonly isolation: IsolationWish;
  /** What a wrapper is declared to run. */
  readonly runtime: Runtime | undefined;
  /** False: nothing of ours looks from inside the bot. */
  readonly observe: boolean;
  readonly heartbeat: HeartbeatSettings;
  readonly onFailover: FailoverWish;
  readonly onNoProxy: NoProxyWish;
  /** Runs on the exit that is about to be left, before it is cut. */
  readonly preSwitch: readonly string[] | undefined;
  /** Runs on the next exit after one was lost, before the bot starts. */
  readonly onLost: readonly string[] | undefined;
  /** False for rotating gateways: the first proof pins nothing. */
  readonly pinExit: boolean;
  /** Whether what it prints is looked through for refusals of a venue. */
  readonly outputPatterns: boolean;
  /** Whether /tmp and /var/tmp are the bot's own, or the host's (kernel tier). */
  readonly tmp: "own" | "shared";
  /** Loopback or private `host:port`, or `unix:/path`, that the bot may reach direct; printed as bypass. */
  readonly local: readonly string[];
  /** `host:port:port` of the bot that the host may reach; printed as bypass. */
  readonly publish: readonly string[];
  /** Ports the kernel tier forwards beside its defaults. */
  readonly ports: readonly string[];
  /** Drop to this user (kernel tier as root). */
  readonly runAs: string | undefined;
}

/** A process that must go direct. */
export interface Collector extends ProcessSettings {
  readonly kind: "collector";
  readonly name: string;
  readonly instances: "one" | "many";
}

export type Unit = Bot | Collector;
