import type { UnitKey } from "../domain/run/unit-key.ts";
import type { UnitSnapshot } from "../domain/run/unit-snapshot.ts";
import type { OperatorRequest, RequestAnswer } from "../domain/run/unit-wish.ts";

/** What a launcher answers to its operators. */
export interface OperatorHandler {
  /** Carries out a verb for one unit; settles with what became of it. */
  ask(unitKey: UnitKey, request: OperatorRequest): Promise<RequestAnswer>;
  /** Where each unit of this launcher stands now, without asking the database. */
  snapshot(): readonly UnitSnapshot[];
}

/** Lets commands on this host speak with a launcher. */
export interface OperatorChannelFactory {
  /** Listens for this user's commands alone; `path` is where it really listens. */
  listen(path: string, handler: OperatorHandler): Promise<OperatorChannel>;
}

export interface OperatorChannel {
  readonly path: string;
  close(): Promise<void>;
}
