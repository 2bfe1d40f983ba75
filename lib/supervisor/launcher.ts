import type { RunId } from "../domain/ids.ts";
import type { LauncherSettings, UnitSettings } from "../domain/run/run-settings.ts";
import { botKey, collectorKey, type UnitKey } from "../domain/run/unit-key.ts";
import { StoreError } from "../errors.ts";
import { protocolVersion } from "../protocol/version.ts";

import { EvidenceLog } from "./evidence/evidence-log.ts";
import { VenueKnowledge } from "./evidence/venue-knowledge.ts";
import { LeaseKeeper } from "./lease/lease-keeper.ts";
import { withTimeout } from "./lease/with-timeout.ts";
import { sayOtherChoices } from "./other-choices.ts";
import { Prober } from "./probes/prober.ts";
import { Requests } from "./requests.ts";
import { boundedHistory } from "./unit/bounded-history.ts";
import type { UnitHooks } from "./unit/context.ts";
import { type DirectIpWatch, watchDirectIp } from "./unit/direct-ip-watch.ts";
import { openBot } from "./unit/kinds/bot-effects.ts";
import { openCollector } from "./unit/kinds/collector-effects.ts";
import type { LauncherPorts, RunnerPorts } from "./unit/ports.ts";
import { Runner } from "./unit/runner.ts";

/** How long a database that hangs may hold up the last answers. */
const answersWithinMs = 2_000;

/** Runs any number of units in one process: it has the ports, the leases and the watch of the host's own address for all of them. */
export class Launcher {
  readonly #ports: LauncherPorts;
  readonly #settings: LauncherSettings;
  readonly #leases: LeaseKeeper;
  readonly #directIp: DirectIpWatch;
  readonly #history: { stop(): void };
  readonly #requests: Requests;
  readonly #evidence: EvidenceLog;
  readonly #kept: Omit<RunnerPorts, "leases">;
  readonly #prober: Prober | undefined;
  /** The comparison with other working folders, once the first unit has its lease. */
  #compared: Promise<void> | undefined;
  /** By unit; more than one of a collector with `instances: many`. */
  readonly #units = new Map<Runner, UnitKey>();

  constructor(ports: LauncherPorts, settings: LauncherSettings) {
    this.#ports = ports;
    this.#settings = settings;
    const { clock, witness, processes, vault } = ports;
    this.#leases = new LeaseKeeper(
      { ...ports, launchers: ports.store.launchers },
      {
        process: processes.self(),
        version: settings.launcherVersion,
        protocol: protocolVersion,
        operatorSocket: undefined,
        folder: settings.place.folder,
        choices: settings.place.choices,
        keyIds: vault.keyIds,
      },
    );
    this.#history = boundedHistory(ports, settings);
    this.#directIp = watchDirectIp(witness, settings.directWitnesses, clock);
    this.#evidence = new EvidenceLog(ports);
    const knowledge = new VenueKnowledge(settings);
    this.#kept = {
      ...ports,
      directIp: this.#directIp,
      evidence: this.#evidence,
      knowledge,
      intakes: new Map(),
    };
    this.#requests = new Requests(ports.store.requests, this.#kept.intakes);
    this.#prober = settings.hasProbes ? new Prober(this.#kept, settings) : undefined;
  }

  /** Begins a run of the unit; throws StoreError LAUNCH_LEASE_HELD when one is here already. */
  start(unit: UnitSettings, hooks: UnitHooks): Runner {
    const key = keyOf(unit);
    if (!mayRunTwice(unit) && [...this.#units.values()].includes(key)) throw alreadyHere(unit);
    const runId = this.#ports.random.uuid() as RunId;
    const ports = { ...this.#kept, leases: this.#leases };
    const open = "accountId" in unit ? openBot : openCollector;
    const onRenewed = () => {
      void this.#requests.read(this.#units);
      this.#compared ??= sayOtherChoices(this.#ports, this.#settings.place);
    };
    const heard = { ...hooks, onRenewed };
    const runner = new Runner(ports, { ...this.#settings, ...unit, runId }, heard, open);
    this.#units.set(runner, key);
    void runner.ended.then(() => this.#units.delete(runner));
    return runner;
  }

  /** Asks every unit to end, gracefully; a second call means now. */
  stop(signal: string): void {
    for (const runner of this.#units.keys()) runner.requestStop(signal);
  }

  /** Lets go of what was kept for the units, once they are over. */
  async close(): Promise<void> {
    const { clock } = this.#ports;
    // What was seen last is stored once nothing more can be.
    const last = async (): Promise<void> => {
      await Promise.all([this.#requests.settled(), this.#compared, this.#prober?.stop()]);
      await this.#evidence.stop();
    };
    await withTimeout(clock, answersWithinMs, last());
    this.#directIp.stop();
    this.#history.stop();
    await this.#leases.stop();
  }
}

function keyOf(settings: UnitSettings): UnitKey {
  return "accountId" in settings ? botKey(settings.accountId) : collectorKey(settings.unit.name);
}

function mayRunTwice({ unit }: UnitSettings): boolean {
  return unit.kind === "collector" && unit.instances === "many";
}

function alreadyHere({ unit: { kind, name } }: UnitSettings): StoreError {
  return new StoreError("LAUNCH_LEASE_HELD", `The ${kind} "${name}" already runs in this launcher.`, {
    hint: "Run `launch ps`.",
  });
}
