import type { BotChannelFactory } from "../../ports/bot-channel.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { ExitWitness, NetworkControl } from "../../ports/exit-witness.ts";
import type { HostLocks } from "../../ports/host-lock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { RelayFactory } from "../../ports/relay.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { Store } from "../../ports/store/store.ts";
import type { LiveVault } from "../../ports/vault.ts";
import type { LeaseKeeper } from "../lease/lease-keeper.ts";
import type { DirectIpWatch } from "./direct-ip-watch.ts";

/** Everything a launcher reaches the world through. */
export interface LauncherPorts {
  readonly store: Store;
  readonly vault: LiveVault;
  readonly relays: RelayFactory;
  readonly witness: ExitWitness;
  readonly control: NetworkControl;
  /** This host with its network, as `ProxyHealth` names it. */
  readonly hostKey: string;
  readonly spawner: Spawner;
  readonly channels: BotChannelFactory;
  readonly hostLocks: HostLocks;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
}

/** With what the launcher keeps for all its Runners. */
export interface RunnerPorts extends LauncherPorts {
  readonly leases: LeaseKeeper;
  readonly directIp: DirectIpWatch;
}
