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

/** Speaks with the launchers of this host. */
export interface OperatorDialer {
  snapshot(path: string): Promise<Heard<readonly UnitSnapshot[]>>;
  /** Waits `withinMs` for the answer of a launcher that has said hello. */
  ask(
    path: string,
    unitKey: UnitKey,
    request: OperatorRequest,
    withinMs: number,
  ): Promise<Heard<RequestAnswer>>;
}

/**
 * What came of a question. `dead`: nobody listens there any more · `silent`: somebody does, and
 * did not answer in time · `refused`: the socket is not this user's, or what answers there is no launcher of this protocol.
 */
export type Heard<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  | { readonly kind: "dead"; readonly isSocketTakenAway: boolean }
  | { readonly kind: "silent"; readonly withinMs: number }
  | { readonly kind: "refused"; readonly why: string };
