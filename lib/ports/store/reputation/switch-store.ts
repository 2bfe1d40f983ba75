import type { Brand } from "../../../domain/brand.ts";
import type { Incident } from "../../../domain/reputation/incident.ts";
import type {
  SwitchDecision,
  SwitchFacts,
  SwitchRequest,
  SwitchSubject,
} from "../../../domain/reputation/switch.ts";
import type { SwitchRules } from "../../../domain/reputation/switch-rules.ts";

/** A uuid. */
export type PermitId = Brand<string, "PermitId">;

/** The permits for switches, which launchers on all hosts draw from the same budgets. */
export interface SwitchStore {
  /**
   * Locks what the request counts against, reads the facts by the database's clock, asks `decide`, and writes the permit when it is
   * granted, and the incidents that were seen: one transaction, so that two who ask at once never get more than there is. `decide`
   * is pure: it may be asked again with other facts.
   */
  claim(claim: SwitchClaim, decide: (facts: SwitchFacts) => SwitchDecision): Promise<ClaimedSwitch>;
  /** The facts alone, as they are now: what a judgement of an answer reads of the guard. */
  read(of: SwitchReading): Promise<SwitchFacts>;
  /** What became of it; the first word stands. */
  finish(id: PermitId, outcome: "done" | "failed"): Promise<void>;
}

export interface SwitchClaim {
  /** Its permit gets this id. */
  readonly id: PermitId;
  readonly request: SwitchRequest;
  /** How far back the facts go. */
  readonly windows: Pick<SwitchRules, "dayMs" | "fleetWindowMs" | "guardWindowMs">;
}

export interface SwitchReading extends Pick<SwitchClaim, "windows"> {
  readonly request: SwitchSubject;
}

export interface ClaimedSwitch {
  readonly decision: SwitchDecision;
  /** What it was decided by. */
  readonly facts: SwitchFacts;
  /** The incidents that nobody had seen before. */
  readonly opened: readonly Incident[];
}
