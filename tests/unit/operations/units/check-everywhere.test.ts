import { beforeEach, expect, test, vi } from "vitest";
import { botKey } from "../../../../lib/domain/run/unit-key.ts";
import type { RequestAnswer } from "../../../../lib/domain/run/unit-wish.ts";
import { addAccount } from "../../../../lib/operations/accounts/add-account.ts";
import { checkEverywhere, checkUnits } from "../../../../lib/operations/units/check-units.ts";
import { assignNewProxy, runThrough } from "../../../support/operator/alice-on-proxies.ts";
import { fakeReach } from "../../../support/operator/fake-reach.ts";
import { type OperatorBench, operatorBench } from "../../../support/operator/operator-bench.ts";

const elsewhere = fakeReach("elsewhere");
let bench: OperatorBench;
let answer: RequestAnswer | undefined;
beforeEach(async () => {
  bench = operatorBench();
  const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
  for (const name of ["alice", "bob"]) await addAccount(bench.operator, { name, venues: [], ...plain });
  await assignNewProxy(bench, "fra-1", 1);
  await runThrough(bench, "fra-1");
  const { requests } = bench.operator.store;
  const find = requests.find.bind(requests);
  vi.spyOn(requests, "find").mockImplementation(async (id) => {
    const request = await find(id);
    return request && answer && { ...request, answer };
  });
});

async function check(names: readonly string[], given?: RequestAnswer) {
  answer = given;
  const words = { names, isAll: names.length === 0 };
  const here = await checkUnits(elsewhere, words);
  return await checkEverywhere(bench.operator, elsewhere, here, { ...words, declared: ["ticks"] });
}

test("what runs on another host is asked by a row, and its answer says whether it is ready", async () => {
  const text = "It leaves through fra-1 (203.0.113.7).";
  const ready = { kind: "bot", name: "alice", isLive: true, isReady: true, text: `ready on host-a: ${text}` };
  expect(await check(["alice"], { isDone: true, text })).toEqual([ready]);
  const account = await bench.operator.store.accounts.find("alice");
  const asked = account && (await bench.operator.store.requests.pending([botKey(account.id)]));
  expect(asked).toMatchObject([{ verb: "check", by: "user:tester" }]);
  expect(await check([], { isDone: true, text })).toEqual([ready]);
});

test("one that answers that it has no exit lives and is not ready, and what runs nowhere does neither", async () => {
  expect(await check(["bob", "a*"], { isDone: false, text: "Nothing runs: no exit" })).toEqual([
    expect.objectContaining({ name: "alice", isLive: true, isReady: false }),
    expect.objectContaining({ name: "bob", isLive: false, isReady: false }),
  ]);
  await expect(check(["alcie"])).rejects.toMatchObject({ code: "LAUNCH_UNKNOWN_UNIT" });
});
