import type { IdleUnits } from "../domain/desk/idle-units.ts";
import type { RunId } from "../domain/ids.ts";
import type { LauncherSettings, UnitSettings } from "../domain/run/run-settings.ts";
import { botKey, collectorKey, type UnitKey } from "../domain/run/unit-key.ts";
import type { UnitSnapshot } from "../domain/run/unit-snapshot.ts";
import type { OperatorRequest, RequestAnswer } from "../domain/run/unit-wish.ts";
import { StoreError } from "../errors.ts";
import type { ExecEnd, ExecRequest, OperatorChannel, OperatorHandler } from "../ports/operator-channel.ts";
import { protocolVersion } from "../protocol/version.ts";

import { askRunners, tellIntake } from "./ask-runners.ts";
import { EvidenceLog } from "./evidence/evidence-log.ts";
import { Turns } from "./evidence/turns.ts";
import { VenueKnowledge } from "./evidence/venue-knowledge.ts";
import { LeaseKeeper } from "./lease/lease-keeper.ts";
import { Reservations } from "./lease/reservations.ts";
import { sayOtherChoices } from "./other-choices.ts";
import { Prober } from "./probes/prober.ts";
import { Requests } from "./requests.ts";
import { boundedHistory } from "./unit/bounded-history.ts";
import { calledBy, type UnitHooks } from "./unit/context.ts";
import { type DirectIpWatch, watchDirectIp } from "./unit/direct-ip-watch.ts";
import { openBot } from "./unit/kinds/bot-effects.ts";
import { openCollector } from "./unit/kinds/collector-effects.ts";
import type { LauncherPorts, RunnerPorts } from "./unit/ports.ts";
import { Runner } from "./unit/runner.ts";
import { withTimeout } from "./waits/with-timeout.ts";

const judgementsAtOnce = 2;
/** How long a database that hangs may hold up the last answers. */
const answersWithinMs = 2_000;

/** Runs any number of units in one process: it has the ports, the leases and the watch of the host's own address for all of them. */
export class Launcher implements OperatorHandler {
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
  /** Where commands of this host ask; undefined where no socket could be made. */
  readonly #channel: Promise<OperatorChannel | undefined>;
  /** Who answers operators: the launcher itself, unless somebody stands in front of it. */
  #handler: OperatorHandler = this;
  /** By unit; more than one of a collector with `instances: many`. */
  readonly #units = new Map<Runner, UnitKey>();
  /** Leases of units whose start has to wait for its turn. */
  readonly reservations: Reservations;

  constructor(ports: LauncherPorts, settings: LauncherSettings) {
    this.#ports = ports;
    this.#settings = settings;
    const { clock, witness, processes, vault } = ports;
    this.#channel = this.#listen();
    this.#leases = new LeaseKeeper(
      { ...ports, launchers: ports.store.launchers },
      {
        process: processes.self(),
        version: settings.launcherVersion,
        protocol: protocolVersion,
        operatorSocket: this.#channel.then((channel) => channel?.path),
        folder: settings.place.folder,
        choices: settings.place.choices,
        keyIds: vault.keyIds,
        ttlMs: settings.leaseTtlMs,
      },
    );
    this.reservations = new Reservations(ports, this.#leases);
    this.#history = boundedHistory(ports, settings);
    this.#directIp = watchDirectIp(witness, settings.directWitnesses, clock);
    this.#evidence = new EvidenceLog(ports);
    const knowledge = new VenueKnowledge(settings);
    this.#kept = {
      ...ports,
      directIp: this.#directIp,
      evidence: this.#evidence,
      knowledge,
      judging: new Turns(judgementsAtOnce),
      intakes: new Map(),
    };
    this.#requests = new Requests(ports.store.requests, () => this.#handler);
    this.#prober = settings.hasProbes ? new Prober(this.#kept, settings) : undefined;
  }

  /** Begins a run of the unit; throws StoreError LAUNCH_LEASE_HELD when one is here already. */
  start(unit: UnitSettings, hooks: UnitHooks, runId = this.#ports.random.uuid() as RunId): Runner {
    const key = keyOf(unit);
    if (!mayRunTwice(unit) && [...this.#units.values()].includes(key)) throw alreadyHere(unit);
    // Beside all that comes before a bot's exit is proven; a collector asks once its process is on its way.
    if ("accountId" in unit) void this.#directIp.first();
    const journal = calledBy(hooks, this.#ports.journal, unit.unit);
    const ports = { ...this.#kept, journal, leases: this.#leases };
    const open = "accountId" in unit ? openBot : openCollector;
    const onRenewed = () => {
      void this.#requests.read();
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

  /** Carries out what an operator asks of a unit that runs here; settles with what became of it. */
  ask(unitKey: UnitKey, request: OperatorRequest): Promise<RequestAnswer> {
    if (request.verb === "report") return Promise.resolve(tellIntake(this.#kept.intakes, unitKey, request));
    const runners = [...this.#units].flatMap(([runner, key]) => (key === unitKey ? [runner] : []));
    return askRunners(runners, request, this.#ports.clock);
  }

  /** Runs a command inside a bot that runs here. */
  exec(unitKey: UnitKey, request: ExecRequest): Promise<ExecEnd> {
    const [runner] = [...this.#units].find(([, key]) => key === unitKey) ?? [];
    const why = "It does not run in this launcher: there is no process to join.";
    return runner?.exec(request) ?? Promise.resolve({ kind: "refused", code: "LAUNCH_UNKNOWN_UNIT", why });
  }

  /** Where each unit that runs here stands now. */
  snapshot(): readonly UnitSnapshot[] {
    return [...this.#units.keys()].map((runner) => runner.snapshot());
  }

  /** The units that run here, and whether each has its lease. */
  held(): ReadonlyMap<UnitKey, boolean> {
    return new Map([...this.#units].map(([runner, key]) => [key, runner.hasLease]));
  }

  /** From now on this one answers operators, for units as well that do not run; the launcher is known to others at once. */
  async answerBy(handler: OperatorHandler): Promise<void> {
    this.#handler = handler;
    this.#leases.onRenewal = () => void this.#requests.read();
    await this.#leases.launcherId();
  }

  /** Tells others which units do not run here, and why. */
  async tellIdle(idle: IdleUnits): Promise<void> {
    await this.#leases.tellIdle(idle);
  }

  // A launcher that cannot be asked runs its units all the same.
  async #listen(): Promise<OperatorChannel | undefined> {
    const { operators, random, journal, processes } = this.#ports;
    const name = `${processes.self().pid}-${random.uuid().slice(0, 8)}.op.sock`;
    const path = `${this.#settings.socketFolder}/${name}`;
    try {
      return await operators.listen(path, {
        ask: (...given) => this.#handler.ask(...given),
        snapshot: () => this.#handler.snapshot(),
        held: () => this.#handler.held(),
        exec: (...given) => this.#handler.exec(...given),
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const text = `commands on this host cannot reach this launcher: ${why}`;
      journal.say({ level: "warning", unit: undefined, text });
      return undefined;
    }
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
    await (await this.#channel)?.close();
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
