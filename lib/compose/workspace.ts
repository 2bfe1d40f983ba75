import { hostname } from "node:os";
import { systemClock, systemRandom } from "../adapters/clock/system-clock.ts";
import { hostInspector } from "../adapters/host-inspector/host-inspector.ts";
import { hostKeyOf } from "../adapters/process-table/host-key.ts";
import { createProcessTable } from "../adapters/process-table/process-table.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import { actor } from "../config/sources/actor.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import type { Operator } from "../operations/operator.ts";
import type { CheckTools } from "../operations/proxies/check-proxies.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { HostInspector } from "../ports/host/host-inspector.ts";
import type { Journal } from "../ports/journal.ts";
import type { ProcessTable } from "../ports/process-table.ts";
import type { Store } from "../ports/store/store.ts";
import type { Vault } from "../ports/vault.ts";
import { type Database, openDatabase } from "./database/database.ts";
import { type Keyring, openKeyring } from "./keyring.ts";

/** What commands work on. Nothing is opened before it is asked for, and everything at most once. */
export interface Workspace {
  readonly config: LaunchConfig;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly processes: ProcessTable;
  readonly keyring: Keyring;
  readonly database: Database;
  /** The store on a database that has been brought up to this program's schema. */
  openStore(): Promise<Store>;
  openVault(): Promise<Vault>;
  /** Whoever runs this command, with store and vault. */
  openOperator(): Promise<Operator>;
  /** Relay and witnesses, for reading exit addresses. */
  openCheckTools(limits: Pick<CheckTools, "timeoutMs" | "limit">): Promise<CheckTools>;
  readonly inspector: HostInspector;
  close(): Promise<void>;
}

/** Wires what a command needs; a command that never asks for the store opens none. */
export function openWorkspace(config: LaunchConfig, journal: Journal): Promise<Workspace> {
  const processes = createProcessTable();
  const keyring = openKeyring(config.keys, journal);
  const database = openDatabase({ config, journal, clock: systemClock, processes });
  const workspace: Workspace = {
    config,
    journal,
    clock: systemClock,
    random: systemRandom,
    processes,
    keyring,
    database,
    openStore: () => database.openStore(),
    openVault: () => keyring.openVault(),
    openOperator: async () => ({
      store: await database.openStore(),
      openVault: () => keyring.openVault(),
      clock: systemClock,
      random: systemRandom,
      actor: actor(),
      host: hostname(),
      hostKey: config.network.hostKey ?? hostKeyOf(processes.self()),
    }),
    openCheckTools: (limits) => openCheckTools(workspace, limits),
    inspector: hostInspector({ searchPath: operatorEnvironment()["PATH"] ?? "", uid: process.getuid?.() }),
    close: () => database.close(),
  };
  return Promise.resolve(workspace);
}

async function openCheckTools(
  workspace: Workspace,
  limits: Pick<CheckTools, "timeoutMs" | "limit">,
): Promise<CheckTools> {
  const [{ relayFactory }, { exitWitness }, { directWitnesses, openControl }] = await Promise.all([
    import("../adapters/relay/relay.ts"),
    import("../adapters/exit-witness/exit-witness.ts"),
    import("./network/host-network.ts"),
  ]);
  const { config } = workspace;
  const { witnesses, publicRanges } = config.network;
  const witness = exitWitness({ publicRanges }, systemClock);
  return {
    ...limits,
    witnesses,
    directWitnesses: directWitnesses(config),
    publicRanges,
    relays: relayFactory(systemClock),
    witness,
    control: openControl(config, witness, () => workspace.openStore(), systemClock),
  };
}
