import type { Brand } from "../brand.ts";
import type { Instant } from "../time.ts";
import type { UnitKey } from "./unit-key.ts";

/** What an operator wants of a bot or collector; without one it is wanted up. */
export interface UnitWish {
  readonly unitKey: UnitKey;
  readonly wanted: "up" | "down";
  readonly by: string;
  readonly why: string | undefined;
  readonly at: Instant;
}

export const requestVerbs = ["stop", "start", "restart", "rotate", "check", "report"] as const;
export type RequestVerb = (typeof requestVerbs)[number];

/** What the run itself does when it is asked to; a report is for those who watch its venues. */
export type RunVerb = Exclude<RequestVerb, "report">;

/** A uuid. */
export type RequestId = Brand<string, "RequestId">;

/** A verb for whichever launcher runs the unit. */
export interface UnitRequest {
  readonly id: RequestId;
  readonly unitKey: UnitKey;
  readonly verb: RequestVerb;
  /** What the verb needs beside the unit; never a secret. */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly by: string;
  readonly at: Instant;
  /** Undefined while no launcher has answered. */
  readonly answer: RequestAnswer | undefined;
}

/** A verb without where it came by: a row of the database, or the launcher's own socket. */
export type OperatorRequest = Pick<UnitRequest, "verb" | "arguments" | "by">;

/** What became of a request, in a sentence. */
export interface RequestAnswer {
  readonly isDone: boolean;
  readonly text: string;
}
