import type { AccountId } from "../domain/ids.ts";
import { reportInArguments } from "../domain/run/bot-report.ts";
import { botKey, type UnitKey } from "../domain/run/unit-key.ts";
import type { RequestAnswer, RequestId, UnitRequest } from "../domain/run/unit-wish.ts";
import type { RequestStore } from "../ports/store/request-store.ts";
import type { AccountIntake } from "./unit/ports.ts";
import type { Runner } from "./unit/runner.ts";

const meantForAnother: RequestAnswer = { isDone: false, text: "It was asked before this run began." };
const notUnderstood: RequestAnswer = {
  isDone: false,
  text: "This launcher does not understand such a report. It may be older than the program that sent it.",
};

/** Carries out what operators ask of a launcher's units by rows of the database, each once, and answers it there. */
export class Requests {
  readonly #store: RequestStore;
  readonly #intakes: ReadonlyMap<AccountId, AccountIntake>;
  /** By its id: undefined while it is carried out, then its answer until that is written. */
  readonly #taken = new Map<RequestId, RequestAnswer | undefined>();
  readonly #known = new WeakSet<Runner>();
  readonly #underWay = new Set<Promise<void>>();
  #isReading = false;

  constructor(store: RequestStore, intakes: ReadonlyMap<AccountId, AccountIntake>) {
    this.#store = store;
    this.#intakes = intakes;
  }

  /** Reads what is asked of these units now. An unreachable database is the renewal's to tell. */
  async read(units: ReadonlyMap<Runner, UnitKey>): Promise<void> {
    if (this.#isReading || units.size === 0) return;
    this.#isReading = true;
    try {
      const keys = [...new Set(units.values())];
      // What was asked of a unit before its run held the lease was meant for another run.
      const begun = [...units.keys()].filter((runner) => this.#known.has(runner));
      for (const request of await this.#store.pending(keys)) this.#take(request, units, begun);
      for (const runner of units.keys()) this.#known.add(runner);
    } catch {
      // Read again at the next renewal.
    } finally {
      this.#isReading = false;
    }
  }

  /** Settles when every answer so far is written, or could not be. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #take(request: UnitRequest, units: ReadonlyMap<Runner, UnitKey>, begun: readonly Runner[]): void {
    const { id } = request;
    if (this.#taken.has(id) && this.#taken.get(id) === undefined) return;
    const work = this.#carryOut(request, units, begun).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #carryOut(
    request: UnitRequest,
    units: ReadonlyMap<Runner, UnitKey>,
    begun: readonly Runner[],
  ): Promise<void> {
    const { id, unitKey } = request;
    const known = this.#taken.get(id);
    this.#taken.set(id, known);
    const asked = begun.filter((runner) => units.get(runner) === unitKey);
    const [first = meantForAnother] =
      known === undefined ? await Promise.all(asked.map((runner) => this.#ask(runner, request))) : [known];
    this.#taken.set(id, first);
    try {
      await this.#store.answer(id, first);
      this.#taken.delete(id);
    } catch {
      // Written at a later renewal; it is not carried out again.
    }
  }

  async #ask(runner: Runner, { unitKey, verb, by, arguments: said }: UnitRequest): Promise<RequestAnswer> {
    if (verb !== "report") return await runner.ask({ verb, by });
    const [, intake] = [...this.#intakes].find(([id]) => botKey(id) === unitKey) ?? [];
    const report = reportInArguments(said);
    if (intake === undefined || report === undefined) return notUnderstood;
    return intake.report(report, by);
  }
}
