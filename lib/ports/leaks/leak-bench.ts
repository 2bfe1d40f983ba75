import type { Tier } from "../../domain/run/tier.ts";

/** Starts launchers that run one program after the other as bots, on the bots' side of a lab. */
export interface LeakBenchFactory {
  open(options: LeakBenchOptions): Promise<LeakBench>;
}

export interface LeakBenchOptions {
  /** `direct` is no protection at all: what the battery must be seen to find. */
  readonly tier: Tier | "direct";
  readonly botSide: readonly string[];
  readonly upstream: BenchUpstream;
  readonly publicRanges: readonly string[];
  /** TCP ports besides the usual ones (kernel tier). */
  readonly ports: readonly number[];
}

/** The proxy of the bench; only ever one of a lab, so its secret is none. */
export interface BenchUpstream {
  readonly scheme: "http" | "socks5";
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

export interface LeakBench {
  /** Runs the program to its end; one that does not end is killed after `timeoutMs`. */
  run(program: BenchProgram): Promise<BenchEnd>;
  close(): Promise<void>;
}

export interface BenchProgram {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface BenchEnd {
  /** The exit status; undefined after a signal. */
  readonly code: number | undefined;
  /** The last part of what it printed, both streams. */
  readonly output: string;
  /** Why it was not even started: the tier does not fit the program. */
  readonly notStarted: string | undefined;
}
