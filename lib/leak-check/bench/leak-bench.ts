import type { Tier } from "../../domain/run/tier.ts";

/** What a launcher is that runs one program after the other as bots, on the bots' side of a lab. */
export interface LeakBenchOptions {
  /** `direct` is no protection at all: what the battery must be seen to find. */
  readonly tier: Tier | "direct";
  readonly botSide: readonly string[];
  readonly upstream: BenchUpstream;
  readonly publicRanges: readonly string[];
  /** TCP ports besides the usual ones (kernel tier). */
  readonly ports: readonly number[];
  /** Another user that the programs run as (kernel tier of root). */
  readonly runAs?: string | undefined;
  /** `shared`: without /tmp and /var/tmp of their own (kernel tier). */
  readonly tmp?: "own" | "shared" | undefined;
  /** Files and folders that no bot sees (kernel tier). */
  readonly hidden?: readonly string[];
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
  /** Ends whatever still runs. */
  close(): Promise<void>;
}

export interface BenchProgram {
  readonly command: readonly string[];
  readonly cwd: string;
  /** The program's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** What it inherits as a bot inherits from its launcher: without what is ours, or leads past the relay. */
  readonly inherited?: InheritedEnvironment | undefined;
  readonly timeoutMs: number;
  /** The words of a program beside the launcher, to which the bot could hand its work. */
  readonly outside?: readonly string[] | undefined;
}

export interface InheritedEnvironment {
  readonly operator: Readonly<Record<string, string>>;
  readonly passEnv: readonly string[];
  readonly storeVariables: readonly string[];
}

export interface BenchEnd {
  /** The exit status; undefined after a signal, and for what was not started. */
  readonly code: number | undefined;
  /** Without the SIG prefix. */
  readonly signal: string | undefined;
  readonly tookMs: number;
  /** It still ran when its time was over, and was killed. */
  readonly isLate: boolean;
  /** The last part of what it printed, both streams. */
  readonly output: string;
  /** What relay and tier refused it meanwhile, as sentences. */
  readonly refusals: readonly string[];
  /** Why it was not even started: the tier does not fit the program, or there is no such program. */
  readonly notStarted: string | undefined;
}
