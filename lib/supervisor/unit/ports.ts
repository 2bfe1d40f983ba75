import type { AccountId } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { BotReport } from "../../domain/run/bot-report.ts";
import type { RequestAnswer } from "../../domain/run/unit-wish.ts";
import type { Classified } from "../../domain/verdict/answer-class.ts";
import type { BotChannelFactory } from "../../ports/bot-channel.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { ExitWitness, NetworkControl, VenueProbe } from "../../ports/exit-witness.ts";
import type { HostLocks } from "../../ports/host/host-lock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { OperatorChannelFactory } from "../../ports/operator-channel.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { RelayFactory } from "../../ports/relay.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { Store } from "../../ports/store/store.ts";
import type { LiveVault } from "../../ports/vault.ts";
import type { EvidenceLog } from "../evidence/evidence-log.ts";
import type { Turns } from "../evidence/turns.ts";
import type { VenueKnowledge } from "../evidence/venue-knowledge.ts";
import type { LeaseKeeper } from "../lease/lease-keeper.ts";
import type { DirectIpWatch } from "./direct-ip-watch.ts";

/** Everything a launcher reaches the world through. */
export interface LauncherPorts {
  readonly store: Store;
  readonly vault: LiveVault;
  readonly relays: RelayFactory;
  readonly witness: ExitWitness;
  readonly control: NetworkControl;
  readonly venueProbe: VenueProbe;
  /** This host with its network, as `ProxyHealth` names it. */
  readonly hostKey: string;
  readonly spawner: Spawner;
  readonly channels: BotChannelFactory;
  readonly hostLocks: HostLocks;
  /** By which commands on this host speak with the launcher. */
  readonly operators: OperatorChannelFactory;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
}

/** With what the launcher keeps for all its Runners. */
export interface RunnerPorts extends LauncherPorts {
  readonly leases: LeaseKeeper;
  readonly directIp: DirectIpWatch;
  readonly evidence: EvidenceLog;
  readonly knowledge: VenueKnowledge;
  /** Judgements read the database by turns, so that a crowd of them stands before no renewal. */
  readonly judging: Turns;
  /** Who takes what is said of a running account's venues. */
  readonly intakes: Map<AccountId, AccountIntake>;
}

/** Takes what is said of the venues of an account whose bot runs here. */
export interface AccountIntake {
  /** Whether the bot has an exit now. */
  isHolding(): boolean;
  /** Whether the bot leaves from this address now. */
  isOn(exitIp: IpAddress): boolean;
  /** What a probe of ours was answered through the bot's exit. */
  hearProbe(classified: Classified): void;
  /** What an operator says, and what became of it. */
  report(report: BotReport, by: string): RequestAnswer;
}
