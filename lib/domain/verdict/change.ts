import type { Assignment } from "../assignment.ts";
import type { HistoryEvent } from "../event.ts";
import type { AssignmentId, ProxyId } from "../ids.ts";
import type { ExitIp } from "../ip.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { ProxyCheck } from "../proxy/proxy-check.ts";
import type { HealthState, ProxyHealth } from "../proxy/proxy-health.ts";
import type { Acceptance } from "../reputation/acceptance.ts";
import type { Incident } from "../reputation/incident.ts";
import type { Reputation } from "../reputation/reputation.ts";
import type { Instant } from "../time.ts";

/** The part of an assignment on which verdicts are written. */
export type AssignmentVerdict = Pick<Assignment, "status" | "failures" | "cooldownUntil">;

/**
 * One row that a verdict changes, with what it expects to find: where somebody else wrote meanwhile, the change is dropped.
 * An event is written with its change or not at all.
 */
export type Change =
  | {
      readonly on: "assignment";
      readonly id: AssignmentId;
      readonly expected: AssignmentVerdict;
      readonly next: AssignmentVerdict & { readonly lastLeasedAt?: Instant };
    }
  | {
      readonly on: "proxy";
      readonly id: ProxyId;
      readonly expected: Pick<Proxy, "state" | "revision">;
      readonly next: Pick<Proxy, "state" | "stateSince" | "nextProbeAt">;
      /** Becomes the expected address where none is known yet. */
      readonly pin?: ExitIp | undefined;
      readonly event?: HistoryEvent | undefined;
    }
  | {
      readonly on: "health";
      /** Undefined where this host has said nothing of the proxy yet. */
      readonly expected: HealthState | undefined;
      readonly next: ProxyHealth;
      readonly event?: HistoryEvent | undefined;
    }
  | {
      readonly on: "reputation";
      /** Undefined where there was no row. */
      readonly expected: Pick<Reputation, "state" | "untilAt" | "failures"> | undefined;
      readonly next: Reputation;
      readonly event?: HistoryEvent | undefined;
    }
  | {
      readonly on: "acceptance";
      /** Undefined where there was no row. */
      readonly expected: Acceptance["state"] | undefined;
      readonly next: Acceptance;
      readonly event?: HistoryEvent | undefined;
    }
  /** Seen now: opened, or kept open for longer with its first `since`; expects nothing. */
  | { readonly on: "incident"; readonly next: Incident; readonly event?: HistoryEvent | undefined }
  /** A probe or proof as it came, and when the assignment was looked at; expects nothing. */
  | { readonly on: "check"; readonly check: ProxyCheck; readonly assignmentId: AssignmentId | undefined }
  /** What is only told; expects nothing. */
  | { readonly on: "history"; readonly event: HistoryEvent };
