import { StoreError } from "../../../lib/errors.ts";
import type { AlertStore } from "../../../lib/ports/alerts/alert-store.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import type { Chance } from "../time/chance.ts";
import type { HostClock } from "../time/host-clock.ts";

/** `unheard`: statements are carried out and their answers are lost, as when a server dies after the commit. */
export type DatabaseTrouble = "none" | "away" | "hangs" | "slow" | "unheard";

/** How the database does for everybody, and for single hosts. */
export interface DatabaseTruth {
  forAll: DatabaseTrouble;
  readonly forHost: Map<string, DatabaseTrouble>;
}

/** What a world's database holds. */
export interface WorldStore {
  readonly store: Store;
  readonly alerts: AlertStore;
}

/** What a statement may take before the driver gives it up. */
const statementTimeoutMs = 5_000;

export interface LinkParts {
  readonly host: string;
  readonly truth: DatabaseTruth;
  readonly clock: Pick<HostClock, "after" | "deliver">;
  readonly chance: Chance;
  /** Called with each statement that is carried out, such as "launchers.renew". */
  readonly onCall: (name: string) => void;
}

type Work = (...given: unknown[]) => Promise<unknown>;

/** The connection of one process to the database, with its latency and its troubles. */
export function databaseLink(rows: WorldStore, parts: LinkParts): WorldStore {
  const { store } = rows;
  const wrap = <Port extends object>(port: Port, of: string): Port =>
    Object.fromEntries(
      Object.entries(port).map(([name, work]) => [name, through(parts, `${of}.${name}`, work as Work)]),
    ) as Port;
  const ports = Object.fromEntries(
    Object.entries(store)
      .filter(([, port]) => typeof port === "object")
      .map(([name, port]) => [name, wrap(port as object, name)]),
  );
  const whole: Pick<Store, "apply" | "transaction"> = {
    apply: (changes) => store.apply(changes),
    transaction: (work) => store.transaction(work),
  };
  return {
    store: { ...ports, ...wrap(whole, "store"), close: () => Promise.resolve() } as unknown as Store,
    alerts: wrap(rows.alerts, "alerts"),
  };
}

function through({ host, truth, clock, chance, onCall }: LinkParts, name: string, work: Work): Work {
  const pass = (ms: number) => new Promise<void>((resolve) => clock.deliver(ms, resolve));
  const troubleNow = (): DatabaseTrouble =>
    truth.forAll === "none" ? (truth.forHost.get(host) ?? "none") : truth.forAll;
  const unreachable = () => new StoreError("LAUNCH_STORE_UNREACHABLE", "The database does not answer.");
  const carryOut = (given: unknown[]): Promise<unknown> => {
    onCall(name);
    return work(...given);
  };
  const inTrouble = async (given: unknown[], slowMs: number): Promise<unknown> => {
    await pass(1 + slowMs / 2);
    const present = troubleNow();
    if (present === "away") throw unreachable();
    if (present === "hangs") {
      await pass(statementTimeoutMs);
      throw unreachable();
    }
    const answer = carryOut(given);
    // What is refused is refused at once.
    await answer.catch(() => {});
    if (slowMs > 0) await pass(slowMs / 2);
    if (troubleNow() === "unheard") throw unreachable();
    return answer;
  };
  return (...given) => {
    const trouble = troubleNow();
    if (trouble !== "none") return inTrouble(given, trouble === "slow" ? chance.between(300, 3_500) : 0);
    // Nearly all: one moment, and the answer.
    return new Promise((resolve) => {
      clock.deliver(1, () => resolve(troubleNow() === "none" ? carryOut(given) : inTrouble(given, 0)));
    });
  };
}
