import fc from "fast-check";
import { expect, test } from "vitest";
import type { AccountId, ProxyId } from "../../../lib/domain/ids.ts";
import { shareOut } from "../../../lib/operations/import/assign-imported.ts";

const bob = { id: "bob" as AccountId };
const carol = { id: "carol" as AccountId };
const proxies = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `p${index}` as ProxyId, priority: undefined }));
const told = (shares: ReturnType<typeof shareOut>) =>
  shares.map(({ accountId, proxyId, priority }) => `${accountId} ${proxyId} ${priority}`);

test("one account gets all, in the list's order, behind what it has", () => {
  const present = [{ accountId: bob.id, proxyId: "p1" as ProxyId, priority: 4 }];
  expect(told(shareOut([bob], present, proxies(3)))).toEqual(["bob p0 5", "bob p2 6"]);
});

test("several accounts get the list in turn", () => {
  expect(told(shareOut([bob, carol], [], proxies(5)))).toEqual([
    "bob p0 1",
    "carol p1 1",
    "bob p2 2",
    "carol p3 2",
    "bob p4 3",
  ]);
});

test("a longer list read again moves nothing that was dealt out, and evens the rest out", () => {
  const present = [
    { accountId: carol.id, proxyId: "p0" as ProxyId, priority: 1 },
    { accountId: carol.id, proxyId: "p2" as ProxyId, priority: 2 },
  ];
  expect(told(shareOut([bob, carol], present, proxies(5)))).toEqual(["bob p1 1", "bob p3 2", "bob p4 3"]);
});

test("every proxy goes to exactly one account, and no two hands differ by more than one", () => {
  const property = fc.property(fc.nat(40), fc.integer({ min: 1, max: 7 }), (count, hands) => {
    const accounts = Array.from({ length: hands }, (_, index) => ({ id: `a${index}` as AccountId }));
    const shares = shareOut(accounts, [], proxies(count));
    expect(new Set(shares.map(({ proxyId }) => proxyId)).size).toBe(count);
    const held = accounts.map(({ id }) => shares.filter(({ accountId }) => accountId === id).length);
    expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
  });
  fc.assert(property, { seed: 16, numRuns: 100 });
});
