import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { botKey, collectorKey, type UnitKey } from "../../../lib/domain/run/unit-key.ts";
import type { RequestId } from "../../../lib/domain/run/unit-wish.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { mustHold, register, sampleOwner, storeAccount } from "./samples.ts";

const ticks = collectorKey("ticks");
const request = (verb: "stop" | "rotate", unitKey = ticks) => ({
  id: randomUUID() as RequestId,
  unitKey,
  verb,
  arguments: { reason: "test" },
  by: "user:ops",
});

export function unitContract(open: () => Promise<Store>): void {
  describe("what operators want of units", () => {
    it("the last word about a unit counts, and without one it is wanted up", async () => {
      const store = await open();
      expect(await store.units.wish(ticks)).toBeUndefined();
      await store.units.want({ unitKey: ticks, wanted: "down", by: "user:ops", why: "audit" });
      expect(await store.units.wish(ticks)).toMatchObject({ wanted: "down", by: "user:ops", why: "audit" });
      await store.units.want({ unitKey: ticks, wanted: "up", by: "user:eve", why: undefined });
      expect(await store.units.wish(ticks)).toEqual({
        unitKey: ticks,
        wanted: "up",
        by: "user:eve",
        why: undefined,
        at: expect.any(Number),
      });
    });

    it("an account shows what is wanted of its bot, and takes the word along when it is removed", async () => {
      const store = await open();
      const { account } = await storeAccount(store, "alice");
      const unitKey = botKey(account.id);
      await store.units.want({ unitKey, wanted: "down", by: "user:ops", why: undefined });
      expect(await store.accounts.find("alice")).toMatchObject({ wanted: "down" });
      expect(await store.accounts.list()).toMatchObject([{ wanted: "down" }]);
      expect((await store.accounts.facts(account.id))?.account.wanted).toBe("down");
      await store.accounts.remove(account.id);
      expect(await store.units.wishes()).toEqual([]);
    });

    it("traffic adds up by venue in the month that it is, and another account's is its own", async () => {
      const store = await open();
      const { account } = await storeAccount(store, "alice");
      const { account: other } = await storeAccount(store, "bob");
      const part = { venue: "binance", tunnels: 1, bytesUp: 10, bytesDown: 3_000_000_000 };
      await store.traffic.add(account.id, [part, { ...part, venue: "other", bytesDown: 5 }]);
      await store.traffic.add(account.id, [part]);
      const month = expect.stringMatching(/^\d{4}-\d\d$/);
      expect(await store.traffic.read(account.id)).toEqual([
        { month, venue: "binance", tunnels: 2, bytesUp: 20, bytesDown: 6_000_000_000 },
        { month, venue: "other", tunnels: 1, bytesUp: 10, bytesDown: 5 },
      ]);
      expect(await store.traffic.read(other.id)).toEqual([]);
    });

    it("wishes are listed by key, those of the units asked for alone", async () => {
      const store = await open();
      for (const name of ["b", "a", "c"]) {
        const unitKey = collectorKey(name);
        await store.units.want({ unitKey, wanted: "down", by: "user:ops", why: undefined });
      }
      const keys = (wishes: Awaited<ReturnType<typeof store.units.wishes>>) =>
        wishes.map(({ unitKey }) => unitKey);
      expect(keys(await store.units.wishes())).toEqual(["collector:a", "collector:b", "collector:c"]);
      expect(keys(await store.units.wishes([collectorKey("c"), collectorKey("x")]))).toEqual(["collector:c"]);
    });
  });

  describe("requests", () => {
    it("are pending for their unit, oldest first, until one answers", async () => {
      const store = await open();
      const [first, second] = [request("rotate"), request("stop")];
      await store.requests.add(first);
      await store.requests.add(second);
      await store.requests.add(request("stop", collectorKey("books")));
      const pending = await store.requests.pending([ticks]);
      expect(pending).toEqual([
        { ...first, at: expect.any(Number), answer: undefined, isBeforeRun: false },
        { ...second, at: expect.any(Number), answer: undefined, isBeforeRun: false },
      ]);
      expect(await store.requests.answer(first.id, { isDone: true, text: "rotated to fra-2" })).toBe(true);
      expect((await store.requests.pending([ticks])).map(({ id }) => id)).toEqual([second.id]);
      expect(await store.requests.find(first.id)).toMatchObject({
        answer: { isDone: true, text: "rotated to fra-2" },
      });
    });

    it("of a unit that somebody runs are not given to whoever does not", async () => {
      const store = await open();
      const asked = request("rotate");
      await store.requests.add(asked);
      const idsFor = async (held: readonly UnitKey[]) =>
        (await store.requests.pending([ticks], held)).map(({ id }) => id);
      // Nobody runs it: it is for whoever has it in its file.
      expect([await idsFor([]), await idsFor([ticks])]).toEqual([[asked.id], [asked.id]]);
      const owner = sampleOwner();
      await register(store, owner);
      await mustHold(store, { slot: { unitKey: ticks, instance: "" }, owner });
      expect([await idsFor([]), await idsFor([ticks])]).toEqual([[], [asked.id]]);
    });

    it("tell whether they were asked before the run that has the unit took its lease", async () => {
      const store = await open();
      const [before, since] = [request("stop"), request("stop")];
      await store.requests.add(before);
      // Two moments apart, however coarse the clock is.
      for (const moment = (await store.requests.find(before.id))?.at ?? 0; ; ) {
        const probe = request("rotate", collectorKey("clock"));
        await store.requests.add(probe);
        if (((await store.requests.find(probe.id))?.at ?? 0) > moment) break;
      }
      const owner = sampleOwner();
      await register(store, owner);
      await mustHold(store, { slot: { unitKey: ticks, instance: "" }, owner });
      await store.requests.add(since);
      const told = (await store.requests.pending([ticks])).map(({ id, isBeforeRun }) => [id, isBeforeRun]);
      expect(told).toEqual([
        [before.id, true],
        [since.id, false],
      ]);
    });

    it("are given a hundred at once, the oldest, however many there are", async () => {
      const store = await open();
      const many = Array.from({ length: 103 }, () => request("rotate", collectorKey("flood")));
      for (const each of many) await store.requests.add(each);
      const pending = await store.requests.pending([collectorKey("flood")]);
      expect(pending.map(({ id }) => id)).toEqual(many.slice(0, 100).map(({ id }) => id));
    });

    it("keep their first answer, and are added once however often they are sent", async () => {
      const store = await open();
      const one = request("stop");
      await store.requests.add(one);
      await store.requests.add(one);
      expect(await store.requests.pending([ticks])).toHaveLength(1);
      await store.requests.answer(one.id, { isDone: false, text: "refused" });
      expect(await store.requests.answer(one.id, { isDone: true, text: "done" })).toBe(false);
      expect(await store.requests.find(one.id)).toMatchObject({ answer: { isDone: false, text: "refused" } });
      expect(await store.requests.find(randomUUID() as RequestId)).toBeUndefined();
    });
  });
}
