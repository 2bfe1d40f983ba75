import type { RunId } from "../domain/ids.ts";
import type { KernelTry, SpawnPlan, TierPlan } from "./spawner.ts";

/** A plan of the kernel tier. */
export type KernelPlan = SpawnPlan & { readonly tier: Extract<TierPlan, { readonly tier: "kernel" }> };

/** What decides which sockets a network hands out. */
export type KernelReach = Pick<KernelPlan["tier"], "ports" | "local">;

/** Gives each run a network of its own, of which nothing leads out but the sockets handed to the relay. */
export interface Isolation {
  /**
   * Begins to make the network that a run may come to need, and tests it from inside; tells whether the tier works here. Nothing of
   * the run works in it, and nobody serves its sockets, until `enter`; it is let go if that does not come within seconds.
   * Throws ConfigError for what no other tier mends, LaunchError LAUNCH_HOST_LIMIT where this host has no room or no time for it.
   */
  begin(runId: RunId, reach: KernelReach): Promise<KernelTry>;
  /** Begins what the first `enter` of the run will need besides, with what the plan says; it is let go if that does not come within seconds. */
  prepare(plan: KernelPlan): void;
  /**
   * The way into what `prepare` began, once it is there, or into the network that the run has already, for a command of which nothing
   * runs before `enter`; undefined where there is neither.
   */
  wayAhead(plan: KernelPlan): Promise<Pick<Entrance, "words" | "env" | "network"> | undefined>;
  /** Lets go of what was begun for a run that will not enter it. */
  forget(runId: RunId): void;
  /**
   * Takes the network that was begun for the plan's run, or makes it, gives it the plan's file view and hands its sockets out; for a
   * restart of the same run it finds the same network again and hands out nothing. Then the plan's `proveInside` decides. The network goes when the
   * listeners handed out are closed.
   * Throws ConfigError LAUNCH_TIER_UNAVAILABLE, ProcessError LAUNCH_SPAWN_FAILED, LaunchError LAUNCH_HOST_LIMIT, or what `proveInside` rejected with.
   */
  enter(plan: KernelPlan): Promise<Entrance>;
  /**
   * Makes ports of a bot that shares this host's network reachable as its entries of `publish` say, until they are closed.
   * Throws ConfigError LAUNCH_CONFIG_INVALID, or ProcessError LAUNCH_SPAWN_FAILED when an address is taken.
   */
  publish(entries: readonly string[]): Promise<{ close(): void }>;
}

/** The way of one command into its run's network. */
export interface Entrance {
  /** Put in front of the command; each word's program gives way to the next, so that the pid ends up the command's own. */
  readonly words: readonly string[];
  /** Set over the plan's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Told once the command runs. */
  started(pid: number): void;
  /** What the command is put into; undefined where it shares the network of this host. */
  readonly network: EnteredNetwork | undefined;
}

/** The network of one run: whatever lives in it came from the bot, but for the helpers. */
export interface EnteredNetwork {
  /** As the kernel names it: "net:[4026532281]"; undefined once it is let go, because the kernel gives the number to the next network. */
  name(): string | undefined;
  /** Processes of Slipway's own in it. */
  helpers(): readonly number[];
}
