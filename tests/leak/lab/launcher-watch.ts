import { expect } from "vitest";
import type { Arrival } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import { eventually } from "../../support/eventually.ts";
import { type Crossed, readCrossed, witnessPlaces } from "./launcher-meter.ts";
import type { LauncherStage } from "./launcher-stage.ts";
import { longestMs } from "./use-launcher-stage.ts";

/** Each look reads all that has ever arrived, which in the full size is much. */
const lookEveryMs = longestMs / 300;

/** What happens on the uplink and in the internet from a moment on. */
export interface Watch {
  crossed(): Promise<Crossed>;
  /** What has reached the lab's targets and DNS servers. */
  arrivals(): Promise<readonly Arrival[]>;
  /** Who the witnesses were asked by. */
  askers(): Promise<readonly string[]>;
  /** Waits until all of this has arrived. */
  seen(wanted: readonly Wanted[]): Promise<void>;
}

/** Requests for such paths, seen from this address. */
export interface Wanted {
  readonly peer: string;
  readonly path: RegExp;
  /** Once unless given. */
  readonly times?: number;
}

/** Starts watching. */
export async function watchStage(stage: LauncherStage): Promise<Watch> {
  const { lab } = stage;
  const before = await readCrossed(lab);
  const firstArrival = (await lab.arrivals()).length;
  const firstAsker = await askersOf(stage);
  const arrivals = async () => (await lab.arrivals()).slice(firstArrival);
  return {
    arrivals,
    async crossed() {
      const { proxied, questions, past } = await readCrossed(lab);
      return {
        proxied: proxied - before.proxied,
        questions: questions - before.questions,
        past: past - before.past,
      };
    },
    async askers() {
      const now = await askersOf(stage);
      return now.flatMap((peers, index) => peers.slice(firstAsker[index]?.length ?? 0));
    },
    async seen(wanted) {
      const missing = async () => {
        const all = await arrivals();
        return wanted.flatMap(({ peer, path, times = 1 }) => {
          const count = all.filter((each) => each.peer === peer && path.test(each.text)).length;
          return count < times ? [`${path} from ${peer}: ${count} of ${times}`] : [];
        });
      };
      await eventually(missing, (left) => left.length === 0, longestMs, lookEveryMs);
    },
  };
}

/** IPv4 and IPv6: the host's own address of each must never be an exit. */
export const families = 2;

/**
 * Expects that bots were seen from these exits only, and that what their launchers sent direct is `launches` questions to each witness for
 * each address family, to the last packet. A launcher that found its host offline for a moment asks all of them again.
 */
export async function expectNothingPast(
  watch: Watch,
  { launches, exits }: { readonly launches: number; readonly exits: readonly string[] },
): Promise<void> {
  const { proxied, questions, past } = await watch.crossed();
  const round = witnessPlaces.length * families;
  expect({ past, beyondRounds: questions % round }).toEqual({ past: 0, beyondRounds: 0 });
  expect(questions / round).toBeGreaterThanOrEqual(launches);
  expect(proxied).toBeGreaterThan(0);
  const strangers = (await watch.arrivals()).filter(
    ({ peer, kind }) => !exits.includes(peer) || kind === "dns",
  );
  expect(strangers.slice(0, 10)).toEqual([]);
}

async function askersOf({ witnesses }: LauncherStage): Promise<ReadonlyArray<readonly string[]>> {
  const told = await Promise.all(witnesses.map((witness) => witness.order({ do: "counters" })));
  return told.map((news) => (news.type === "peers" ? news.peers : []));
}
