import type { LeaseOwner } from "../domain/run/lease.ts";
import type { BotEvent } from "../policy/machine/event.ts";
import type { HeldExit } from "../policy/machine/state.ts";
import type { ProcessKeeper } from "./process/process-keeper.ts";
import type { RunBook } from "./run-book.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { RunnerSettings } from "./runner-settings.ts";

export type Say = (level: "info" | "warning" | "error", text: string) => void;

/** What every part of one run's session works with. */
export interface SessionParts<Settings extends RunnerSettings = RunnerSettings> {
  readonly ports: RunnerPorts;
  readonly settings: Settings;
  readonly owner: LeaseOwner;
  /** The run token of the relay. */
  readonly token: string;
  readonly book: RunBook;
  readonly keeper: ProcessKeeper;
  readonly dispatch: (event: BotEvent) => void;
  readonly say: Say;
  /** The exit that the run holds now, by the machine's state. */
  readonly exit: () => HeldExit | undefined;
}
