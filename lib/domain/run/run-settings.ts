import type { AccountId, RunId } from "../ids.ts";
import type { PublicRange } from "../ip.ts";
import type { QuietHours } from "../reputation/quiet-hours.ts";
import type { SwitchRules } from "../reputation/switch-rules.ts";
import type { OutputRule } from "../verdict/output-rule.ts";
import type { VenueEntry } from "../verdict/venue-entry.ts";
import type { FolderChoices } from "./folder-choices.ts";
import type { Tier } from "./tier.ts";
import type { Bot, Collector, Runtime } from "./unit.ts";

/** Where a launcher keeps its facts, for whoever meets it: what the working folder decided. */
export interface LauncherPlace {
  /** Without user and password. */
  readonly database: string;
  /** Whether it is the one that every folder of this user has unless something says otherwise. */
  readonly isUsualDatabase: boolean;
  /** The working folder. */
  readonly folder: string;
  /** What its files chose for all that runs. */
  readonly choices: FolderChoices["choices"];
  readonly stateFolder: string;
  /** Whether the operator insists on a database whose facts were moved to another one. */
  readonly mayBeMoved: boolean;
}

/** What is the same for every unit of a launcher. */
export interface LauncherSettings {
  readonly launcherVersion: string;
  readonly place: LauncherPlace;
  /** The launcher's own environment, from which a child's is made. */
  readonly operatorEnv: Readonly<Record<string, string | undefined>>;
  /** The variables that hold the store's address or password: none reaches a child. */
  readonly storeVariables: readonly string[];
  /** Files for a Node program, and the folder in which a Python bot finds our `sitecustomize`. */
  readonly preloads: Readonly<Record<"observe" | "tunnel" | "hold" | "python", string>>;
  /** Where the bots' sockets are made. */
  readonly socketFolder: string;
  readonly witnesses: readonly string[];
  /** Those that may be asked without a proxy. */
  readonly directWitnesses: readonly string[];
  readonly publicRanges: readonly PublicRange[];
  readonly selectionOrder: "continuity" | "round_robin";
  /** How long a lease lasts without a renewal. */
  readonly leaseTtlMs: number;
  /** How long runs and events are kept. */
  readonly historyDays: number;
  /** How long what was seen of exits and venues is kept. */
  readonly evidenceDays: number;
  /** Whether standbys and venues are probed in the background. */
  readonly hasProbes: boolean;
  /** By which rules exits are judged and left. */
  readonly switchRules: SwitchRules;
  readonly quietHours: QuietHours | undefined;
  /** What users added to what is known of venues' answers and of printed lines. */
  readonly venues: readonly VenueEntry[];
  readonly outputRules: readonly OutputRule[];
}

/** What a launcher is asked to run. */
export type UnitSettings = BotSettings | CollectorSettings;

export interface BotSettings {
  readonly unit: Bot;
  readonly accountId: AccountId;
  readonly tier: Tier;
  /** What the command is a program of; we look from inside it in every tier. */
  readonly runtime: Runtime | undefined;
}

export interface CollectorSettings {
  readonly unit: Collector;
}

interface OfRun extends LauncherSettings {
  readonly runId: RunId;
}

/** What is fixed for one run. */
export type RunnerSettings = BotRunnerSettings | CollectorRunnerSettings;
export interface BotRunnerSettings extends OfRun, BotSettings {}
export interface CollectorRunnerSettings extends OfRun, CollectorSettings {}
