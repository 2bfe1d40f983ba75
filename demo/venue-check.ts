import type { Stage } from "../tests/lab/stage.ts";
import type { VenueEntry } from "../tests/lab/venue.ts";
import { patient } from "../tests/patience/patience.ts";

const lookEveryMs = 50;
const waitForMs = 30_000;

/** Waits until the venue has seen the account from this address, by HTTPS and by WebSocket, since `from` (an index of its log). */
export async function seenFrom(stage: Stage, account: string, peer: string, from: number): Promise<void> {
  const wanted: readonly VenueEntry["kind"][] = ["request", "websocket"];
  await until(`${account} from ${peer} at the venue`, () => {
    const entries = stage.venue.entries
      .slice(from)
      .filter((entry) => entry.account === account && entry.peer === peer);
    return wanted.every((kind) => entries.some((entry) => entry.kind === kind));
  });
}

/** Waits until the venue has seen a request of this account from this address. */
export async function requestFrom(stage: Stage, account: string, peer: string): Promise<VenueEntry> {
  const find = () => stage.venue.entries.find((entry) => entry.account === account && entry.peer === peer);
  await until(`a request of ${account} from ${peer}`, () => find() !== undefined);
  const found = find();
  if (found === undefined) throw new Error("the venue forgot what it saw");
  return found;
}

/** Every address the venue has seen an account from, in the order of first sight. */
export function peersOf(stage: Stage, account: string): readonly string[] {
  return [
    ...new Set(stage.venue.entries.filter((entry) => entry.account === account).map(({ peer }) => peer)),
  ];
}

/** Fails with both lists when they differ. */
export function expectSame(what: string, actual: readonly string[], expected: readonly string[]): void {
  if (actual.join() !== expected.join())
    throw new Error(`${what}: expected ${expected.join(", ")}, got ${actual.join(", ") || "nothing"}`);
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + patient(waitForMs);
  while (!isSo()) {
    if (performance.now() > deadline)
      throw new Error(`did not see ${what} within ${patient(waitForMs) / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
