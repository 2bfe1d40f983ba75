import { beforeEach, describe, expect, test } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { addAccount } from "../../../../lib/operations/accounts/add-account.ts";
import { findUnits, type UnitWords } from "../../../../lib/operations/units/find-units.ts";
import { type OperatorBench, operatorBench } from "../../../support/operator/operator-bench.ts";

let bench: OperatorBench;
beforeEach(async () => {
  bench = operatorBench();
  for (const name of ["fut-a", "fut-b", "spot", "ticks"]) {
    const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
    await addAccount(bench.operator, { name, venues: ["binance" as VenueName], ...plain });
  }
});

const find = async (
  names: readonly string[],
  isAll = false,
  more: Pick<UnitWords, "preferred"> = {},
): Promise<readonly string[]> =>
  (await findUnits(bench.operator.store, { names, isAll, ...more }, ["ticks", "depth"])).map(
    ({ kind, name }) => `${kind} ${name}`,
  );

describe("the units of a command line", () => {
  test("are found by name and by pattern, each once, in the order of the words", async () => {
    expect(await find(["spot", "fut-*", "fut-a"])).toEqual(["bot spot", "bot fut-a", "bot fut-b"]);
    expect(await find(["spot", "spot", "bot:spot"])).toEqual(["bot spot"]);
    expect(await find(["depth"])).toEqual(["collector depth"]);
    expect(await find(["*t*"])).toEqual([
      "bot fut-a",
      "bot fut-b",
      "bot spot",
      "bot ticks",
      "collector depth",
      "collector ticks",
    ]);
  });

  test("are all of them with --all", async () => {
    expect((await find([], true)).length).toBe(6);
  });

  test("of an account and a collector of one name have to be told apart", async () => {
    await expect(find(["ticks"])).rejects.toMatchObject({ hint: expect.stringContaining("`bot:ticks`") });
    expect(await find(["bot:ticks"])).toEqual(["bot ticks"]);
    expect(await find(["collector:ticks"])).toEqual(["collector ticks"]);
  });

  test("of one name are the kind for which alone the command makes sense, unless the other one is named", async () => {
    const bots = { preferred: "bot" } as const;
    expect(await find(["ticks"], false, bots)).toEqual(["bot ticks"]);
    // What is no bot's name is the command's to refuse.
    expect(await find(["collector:ticks", "depth"], false, bots)).toEqual([
      "collector ticks",
      "collector depth",
    ]);
  });

  test("that there are not are refused with the nearest name", async () => {
    await expect(find(["spto"])).rejects.toMatchObject({
      code: "LAUNCH_UNKNOWN_UNIT",
      hint: 'Did you mean "spot"?',
    });
    await expect(find(["spot", "nobody"])).rejects.toMatchObject({
      hint: "Add it with `launch account add nobody`.",
    });
    await expect(find(["no;body"])).rejects.toMatchObject({ hint: "`launch account ls` lists the names." });
    await expect(find(["x-*"])).rejects.toMatchObject({ code: "LAUNCH_UNKNOWN_UNIT" });
    await expect(find([])).rejects.toMatchObject({ code: "LAUNCH_USAGE" });
    await expect(find(["spot"], true)).rejects.toMatchObject({ code: "LAUNCH_USAGE" });
  });
});
