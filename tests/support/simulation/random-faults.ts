import type { AnswerClass } from "../../../lib/domain/verdict/answer-class.ts";
import { exitNumber, keyOf, type Layout, venue } from "./layout.ts";
import { type Fault, type FaultKind, randomFrom } from "./world.ts";

const [minute, hour, day] = [60, 3_600, 86_400];

interface Rate {
  /** How many come on a day, for the whole fleet. */
  readonly aDay: number;
  /** The shortest and the longest, in seconds. */
  readonly lasts: readonly [number, number];
  readonly make: (random: Chance) => FaultKind;
}

interface Chance {
  readonly pick: <T>(all: readonly T[]) => T;
}

/** So many days of everything that goes wrong with exits, vendors, hosts and venues, the same for the same seed. */
export function randomFaults(layout: Layout, days: number, seed: number): readonly Fault[] {
  const random = randomFrom(seed);
  const pick = <T>(all: readonly T[]): T => {
    const one = all[Math.floor(random() * all.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  };
  return ratesOf(layout).flatMap(({ aDay, lasts: [least, most], make }) =>
    Array.from({ length: Math.round(aDay * days) }, (): Fault => {
      const from = Math.floor(random() * days * day);
      const lastsS = Math.floor(least + random() ** 2 * (most - least));
      return { ...make({ pick }), from, to: from + lastsS };
    }),
  );
}

function ratesOf({ proxies, accounts }: Layout): readonly Rate[] {
  const hosts = [...new Set(accounts.map(({ host }) => host))];
  const ids = proxies.map(({ id }) => id as string);
  const keys = proxies.flatMap(({ expectedIp }) => (expectedIp === undefined ? [] : [keyOf(expectedIp)]));
  const refusal =
    (says: AnswerClass, isNamed: boolean) =>
    ({ pick }: Chance): FaultKind => ({ kind: "exit", exitKey: pick(keys), venue, says, isNamed });
  return [
    { aDay: 3, lasts: [2 * minute, 6 * hour], make: refusal("ip_banned", true) },
    { aDay: 2, lasts: [minute, 30 * minute], make: refusal("ip_banned", false) },
    { aDay: 2, lasts: [minute, 40 * minute], make: refusal("waf_blocked", false) },
    { aDay: 0.1, lasts: [day, 3 * day], make: refusal("geo_blocked", false) },
    {
      aDay: 0.3,
      lasts: [minute, 10 * minute],
      make: ({ pick }) => ({
        kind: "venue",
        venue,
        says: pick(["waf_blocked", "ip_banned", "venue_trouble", "geo_blocked"]),
      }),
    },
    {
      aDay: 0.3,
      lasts: [minute, 20 * minute],
      make: ({ pick }) => ({ kind: "vendor", provider: pick(["vendor-a", "vendor-b"]) }),
    },
    { aDay: 0.5, lasts: [10, 5 * minute], make: ({ pick }) => ({ kind: "uplink", host: pick(hosts) }) },
    { aDay: 1, lasts: [10 * minute, 12 * hour], make: ({ pick }) => ({ kind: "dead", proxy: pick(ids) }) },
    { aDay: 0.3, lasts: [hour, day], make: ({ pick }) => ({ kind: "refused-credential", proxy: pick(ids) }) },
    {
      aDay: 0.3,
      lasts: [hour, 12 * hour],
      make: ({ pick }) => ({ kind: "drift", proxy: pick(ids), exitIp: exitNumber(pick([900, 901, 902])) }),
    },
    {
      aDay: 0.5,
      lasts: [minute, 10 * minute],
      make: ({ pick }) => ({ kind: "flaky", share: 0.3, proxy: pick(ids) }),
    },
    {
      aDay: 3,
      lasts: [10, 2 * minute],
      make: ({ pick }) => ({ kind: "rate-limit", account: pick(accounts).account.name }),
    },
  ];
}
