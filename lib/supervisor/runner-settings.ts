import type { Account } from "../domain/account.ts";
import type { LauncherId, RunId } from "../domain/ids.ts";
import type { PublicRange } from "../domain/ip.ts";
import type { Tier } from "../domain/run/tier.ts";
import type { Bot, Collector } from "../domain/run/unit.ts";

/** What is fixed for one run. */
export type RunnerSettings = BotRunnerSettings | CollectorRunnerSettings;

/** Where a launcher keeps its facts, for whoever meets it: what the working folder decided. */
export interface LauncherPlace {
  /** Without user and password. */
  readonly database: string;
  /** Whether it is the one that every folder of this user has unless something says otherwise. */
  readonly isUsualDatabase: boolean;
  /** The working folder. */
  readonly folder: string;
  readonly stateFolder: string;
}

interface SharedSettings {
  readonly runId: RunId;
  readonly launcherId: LauncherId;
  readonly launcherVersion: string;
  readonly place: LauncherPlace;
  /** The launcher's own environment, from which a child's is made. */
  readonly operatorEnv: Readonly<Record<string, string | undefined>>;
  /** The variables that hold the store's address or password: none reaches a child. */
  readonly storeVariables: readonly string[];
  /** Called once the unit runs for the first time. */
  readonly onReady: () => void;
}

export interface BotRunnerSettings extends SharedSettings {
  readonly unit: Bot;
  readonly account: Account;
  readonly tier: Tier;
  /** Whether the command is a Node program: it gets the observation preload in every tier. */
  readonly isNode: boolean;
  readonly preloads: { readonly observe: string; readonly tunnel: string };
  readonly botSocket: string;
  readonly witnesses: readonly string[];
  readonly publicRanges: readonly PublicRange[];
  readonly selectionOrder: "continuity" | "round_robin";
}

export interface CollectorRunnerSettings extends SharedSettings {
  readonly unit: Collector;
}
