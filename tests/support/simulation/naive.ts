import { keyOf, type Layout, type SimAccount } from "./layout.ts";
import type { Way, World } from "./world.ts";

const [requestEveryS, restartS] = [5, 8];

export interface NaiveResult {
  readonly moves: number;
  /** Pairs of account and exit that the venue had not seen before. */
  readonly newPairs: number;
  /** The most moves of all accounts within a minute, and of one account within a day. */
  readonly mostInAMinute: number;
  readonly mostOfOneInADay: number;
}

/** What most rotators do: any answer but a good one, and any failure, is the exit's fault, and the next one in the list is taken. */
export function runNaive({ accounts, proxies }: Layout, world: World, toS: number): NaiveResult {
  const places = accounts.map((account) => ({ account, index: 0, readyS: 0 }));
  const pairs = new Set(places.map(({ account }) => pairOf(account, 0)));
  const known = pairs.size;
  const moves: { readonly account: number; readonly atS: number }[] = [];
  for (let nowS = 0; nowS < toS; nowS++) {
    for (const place of places) {
      const { account } = place;
      if (nowS < place.readyS || (nowS + account.index) % requestEveryS !== 0) continue;
      const outcome = world.ask(wayOf(account, place.index), account.venue, nowS, true);
      if (outcome.kind === "answered" && outcome.class === "ok") continue;
      place.index = (place.index + 1) % account.assignments.length;
      place.readyS = nowS + restartS;
      pairs.add(pairOf(account, place.index));
      moves.push({ account: account.index, atS: nowS });
    }
  }
  return {
    moves: moves.length,
    newPairs: pairs.size - known,
    mostInAMinute: mostWithin(moves, 60),
    mostOfOneInADay: Math.max(
      0,
      ...accounts.map(({ index }) =>
        mostWithin(
          moves.filter(({ account }) => account === index),
          86_400,
        ),
      ),
    ),
  };

  function wayOf(account: SimAccount, index: number): Way {
    const proxy = proxies.find(({ id }) => id === account.assignments[index]?.proxyId);
    if (proxy?.expectedIp === undefined) throw new Error("no such proxy");
    const { id, provider, expectedIp } = proxy;
    return { account: account.account.name, host: account.host, proxy: id, provider, exitIp: expectedIp };
  }

  function pairOf(account: SimAccount, index: number): string {
    return `${account.account.name} ${keyOf(wayOf(account, index).exitIp)}`;
  }
}

// The moves come in order of time.
function mostWithin(moves: readonly { readonly atS: number }[], withinS: number): number {
  let [most, first] = [0, 0];
  for (const [last, { atS }] of moves.entries()) {
    while ((moves[first]?.atS ?? atS) <= atS - withinS) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
