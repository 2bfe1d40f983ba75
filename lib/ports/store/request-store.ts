import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { RequestAnswer, RequestId, UnitRequest } from "../../domain/run/unit-wish.ts";

/** One that waits for a launcher. */
export interface PendingRequest extends UnitRequest {
  /** Asked before the run that has the unit now took its lease. */
  readonly isBeforeRun: boolean;
}

/** Verbs that operators send to whichever launcher runs a unit. */
export interface RequestStore {
  add(request: Omit<UnitRequest, "at" | "answer">): Promise<void>;
  /**
   * The open requests for these units, oldest first. One that nobody took within a minute is none any more: a launcher that
   * starts later must not carry out what was meant for another run. Units beside `held` are those that whoever asks does not
   * run: of these only what no run holds is given, since what is asked of a run is its own launcher's to answer.
   */
  pending(keys: readonly UnitKey[], held?: readonly UnitKey[]): Promise<readonly PendingRequest[]>;
  /** False when it had been answered already; the first answer stands. */
  answer(id: RequestId, answer: RequestAnswer): Promise<boolean>;
  find(id: RequestId): Promise<UnitRequest | undefined>;
}
