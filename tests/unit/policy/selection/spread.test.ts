import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CountryCode } from "../../../../lib/domain/account.ts";
import type { AccountId, ProxyId } from "../../../../lib/domain/ids.ts";
import { type FreeProxy, type SpreadAccount, spread } from "../../../../lib/policy/selection/spread.ts";

const account = (name: string, more: Partial<SpreadAccount> = {}): SpreadAccount => ({
  id: name as AccountId,
  name,
  allowedCountries: [],
  registeredKeys: undefined,
  own: [],
  ...more,
});
const proxy = (label: string, provider?: string, more: Partial<FreeProxy> = {}): FreeProxy => ({
  id: label as ProxyId,
  label,
  provider,
  country: undefined,
  exitKey: undefined,
  ...more,
});
const none = { takenKeys: new Set<string>() };
const shown = (found: ReturnType<typeof spread>) =>
  found.deals.map((deal) => `${deal.account.name} ${deal.proxy.label} ${deal.priority}`);

describe("a spread", () => {
  test("gives each account its own, and alternates the vendors", () => {
    const free = ["a-1", "a-2", "a-3"].map((label) => proxy(label, "a")).concat(proxy("b-1", "b"));
    const found = spread([account("x"), account("y")], free, { wanted: 2, ...none });
    expect(shown(found)).toEqual(["x a-1 1", "y b-1 1", "x a-2 2", "y a-3 2"]);
    expect(found.short).toEqual([]);
  });

  test("gives an account with a list only what is on it", () => {
    const free = [
      proxy("a-1", "a"),
      proxy("a-2", "a", { exitKey: "203.0.113.2" }),
      proxy("a-3", "a", { exitKey: "203.0.113.3" }),
    ];
    const found = spread([account("x", { registeredKeys: ["203.0.113.3"] })], free, { wanted: 2, ...none });
    expect(shown(found)).toEqual(["x a-3 1"]);
    expect(found.short).toMatchObject([{ missing: 1 }]);
  });

  test("prefers a vendor that the account has not yet, and leaves what it has", () => {
    const own = [{ provider: "a", priority: 4 }];
    const free = [proxy("a-2", "a"), proxy("b-1", "b")];
    expect(shown(spread([account("x", { own })], free, { wanted: 2, ...none }))).toEqual(["x b-1 5"]);
    expect(shown(spread([account("x", { own })], free, { wanted: 1, ...none }))).toEqual([]);
  });

  test("lets the account choose first for which the fewest fit, and says who has too few", () => {
    const german = account("german", { allowedCountries: ["DE" as CountryCode] });
    const free = [proxy("de-1", "a", { country: "DE" }), proxy("us-1", "a", { country: "US" })];
    const found = spread([account("any"), german], free, { wanted: 1, ...none });
    expect(shown(found).sort()).toEqual(["any us-1 1", "german de-1 1"]);
    const short = spread([account("any"), german], free.slice(1), { wanted: 1, ...none });
    expect(short.short.map(({ account: { name }, missing }) => [name, missing])).toEqual([["german", 1]]);
  });

  test("never gives an exit twice, and to a list of registered exits only what is on it", () => {
    const same = [proxy("a-1", "a", { exitKey: "k" }), proxy("a-2", "a", { exitKey: "k" })];
    expect(shown(spread([account("x"), account("y")], same, { wanted: 1, ...none }))).toEqual(["x a-1 1"]);
    expect(spread([account("x")], same, { wanted: 1, takenKeys: new Set(["k"]) }).deals).toEqual([]);
    const listed = account("x", { registeredKeys: ["k"] });
    expect(shown(spread([listed], [proxy("z"), ...same], { wanted: 1, ...none }))).toEqual(["x a-1 1"]);
  });

  test("deals no proxy twice, and nobody more than is wanted", () => {
    const vendor = fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined });
    const anyFree = fc.array(
      fc.record({ vendor, key: fc.option(fc.constantFrom("k", "l"), { nil: undefined }) }),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(anyFree, fc.nat(5), fc.integer({ min: 1, max: 3 }), (kinds, count, wanted) => {
        const free = kinds.map(({ vendor: from, key }, index) => proxy(`p-${index}`, from, { exitKey: key }));
        const accounts = Array.from({ length: count }, (_, index) => account(`n-${index}`));
        const { deals, short } = spread(accounts, free, { wanted, ...none });
        expect(new Set(deals.map((deal) => deal.proxy)).size).toBe(deals.length);
        const keys = deals.flatMap((deal) => deal.proxy.exitKey ?? []);
        expect(new Set(keys).size).toBe(keys.length);
        const missing = short.reduce((sum, each) => sum + each.missing, 0);
        expect(deals.length + missing).toBe(accounts.length * wanted);
      }),
    );
  });
});
