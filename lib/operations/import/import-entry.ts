import type { ProxyRequest } from "../proxies/create-proxy.ts";

/** One proxy as a list tells it. */
export interface ImportEntry extends ProxyRequest {
  /** Counted from 1. */
  readonly line: number;
  /** Whether the list itself named the label; else it was made up from the endpoint. */
  readonly isLabelGiven: boolean;
  readonly priority: number | undefined;
}

/** Why a line cannot be taken, or what is odd about it; never with its secret. */
export interface ImportProblem {
  readonly line: number;
  readonly what: string;
}

export interface ImportReading {
  readonly entries: readonly ImportEntry[];
  readonly problems: readonly ImportProblem[];
  readonly warnings: readonly ImportProblem[];
}
