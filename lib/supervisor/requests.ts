import type { UnitKey } from "../domain/run/unit-key.ts";
import type { RequestAnswer, RequestId, UnitRequest } from "../domain/run/unit-wish.ts";
import type { OperatorHandler } from "../ports/operator-channel.ts";
import type { PendingRequest, RequestStore } from "../ports/store/request-store.ts";

const meantForAnother: RequestAnswer = { isDone: false, text: "It was asked before this run began." };

/** Carries out what operators ask of a launcher's units by rows of the database, each once, and answers it there. */
export class Requests {
  readonly #store: RequestStore;
  readonly #handler: () => OperatorHandler;
  /** By its id: undefined while it is carried out, then its answer until that is written. */
  readonly #taken = new Map<RequestId, RequestAnswer | undefined>();
  /** Answered since the last look began: what that look still brings was read before the answer was written. */
  readonly #answered = new Set<RequestId>();
  /** The units that were here at the last look: what is asked of others was meant for a launcher that is gone. */
  #known: ReadonlySet<UnitKey> = new Set();
  readonly #underWay = new Set<Promise<void>>();
  #isReading = false;

  constructor(store: RequestStore, handler: () => OperatorHandler) {
    this.#store = store;
    this.#handler = handler;
  }

  /** Reads what is asked of the launcher's units now. An unreachable database is the renewal's to tell. */
  async read(): Promise<void> {
    if (this.#isReading) return;
    const found = this.#handler().held();
    // Of a unit that stands by here it is another launcher that answers.
    const held = [...found].flatMap(([unitKey, isHeld]) => (isHeld ? [unitKey] : []));
    if (found.size === 0) return;
    this.#isReading = true;
    const before = [...this.#answered];
    try {
      for (const request of await this.#store.pending([...found.keys()], held))
        this.#take(request, isMeant(request, found, this.#known));
      this.#known = new Set(found.keys());
      for (const id of before) this.#answered.delete(id);
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

  #take(request: UnitRequest, isMeant: boolean): void {
    const { id } = request;
    if (this.#answered.has(id)) return;
    if (this.#taken.has(id) && this.#taken.get(id) === undefined) return;
    const work = this.#carryOut(request, isMeant).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #carryOut({ id, unitKey, ...request }: UnitRequest, isMeant: boolean): Promise<void> {
    const known = this.#taken.get(id);
    this.#taken.set(id, known);
    const answer = known ?? (isMeant ? await this.#handler().ask(unitKey, request) : meantForAnother);
    this.#taken.set(id, answer);
    try {
      await this.#store.answer(id, answer);
      this.#taken.delete(id);
      this.#answered.add(id);
    } catch {
      // Written at a later renewal; it is not carried out again.
    }
  }
}

// By the database's clock where a run has its lease: it may have taken that a moment ago, and have been asked since.
function isMeant(
  { unitKey, isBeforeRun }: PendingRequest,
  held: ReadonlyMap<UnitKey, boolean>,
  known: ReadonlySet<UnitKey>,
): boolean {
  return held.get(unitKey) === true ? !isBeforeRun : known.has(unitKey);
}
