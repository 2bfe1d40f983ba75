import type { ProxyId, RunId } from "../ids.ts";
import type { ExitIp } from "../ip.ts";
import type { Instant } from "../time.ts";

/** One probe or proof, kept 30 days. */
export interface ProxyCheck {
  readonly proxyId: ProxyId;
  readonly runId: RunId | undefined;
  readonly kind: "proof" | "check" | "probe";
  readonly isOk: boolean;
  /** The transport failure kind, or why the answer did not count. */
  readonly reason: string | undefined;
  readonly latencyMs: number | undefined;
  readonly exitIp: ExitIp | undefined;
  readonly country: string | undefined;
  readonly at: Instant;
}
