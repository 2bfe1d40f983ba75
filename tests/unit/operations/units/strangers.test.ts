import { beforeEach, expect, test, vi } from "vitest";
import { styleFor } from "../../../../lib/cli/view/style.ts";
import { renderStatus } from "../../../../lib/cli/view/units/unit-status.ts";
import { addAccount } from "../../../../lib/operations/accounts/add-account.ts";
import { checkUnits } from "../../../../lib/operations/units/check-units.ts";
import { findUnits } from "../../../../lib/operations/units/find-units.ts";
import { operateUnits } from "../../../../lib/operations/units/operate-units.ts";
import { unitStatus } from "../../../../lib/operations/units/unit-status.ts";
import { assignNewProxy, runThrough } from "../../../support/operator/alice-on-proxies.ts";
import { fakeReach } from "../../../support/operator/fake-reach.ts";
import { type OperatorBench, operatorBench } from "../../../support/operator/operator-bench.ts";
import { sampleProcess } from "../../../support/sample-facts.ts";

/*
 * Root sees the state folder of another user, whose launcher is not asked: its socket could be anybody's.
 */

const path = "/state/run/7-a.op.sock";
const why = `its socket ${path} belongs to another user (uid 1001)`;
const refused = async () => ({ kind: "refused", why }) as const;
const reach = fakeReach("alive", { snapshot: refused, ask: refused }, { near: async () => [path] });
let bench: OperatorBench;
beforeEach(async () => {
  bench = operatorBench();
  const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
  for (const name of ["alice", "bob"]) await addAccount(bench.operator, { name, venues: [], ...plain });
});

const unitsOf = (name: string) => findUnits(bench.operator.store, { names: [name], isAll: false }, []);

test("a check does not say that no launcher has what a launcher may have that was not asked", async () => {
  expect(await checkUnits(reach, { names: ["alice"], isAll: false })).toMatchObject([
    { isLive: false, text: `no launcher that answers has it; one was not asked, ${why}` },
  ]);
});

test("a status says that the launcher was not asked, and not that it does not answer", async () => {
  const { store } = bench.operator;
  await assignNewProxy(bench, "fra-1", 1);
  await runThrough(bench, "fra-1");
  const live = store.runs.live.bind(store.runs);
  vi.spyOn(store.runs, "live").mockImplementation(async () =>
    (await live()).map((run) => ({ ...run, operatorSocket: path })),
  );
  const [alice] = await unitsOf("alice");
  if (alice === undefined) throw new Error("alice is missing");
  const style = await styleFor({}, { flag: "never", env: {} });
  const status = await unitStatus(bench.operator, reach, alice, "continuity");
  expect(status.launcher).toBe("not_asked");
  expect(renderStatus(status, undefined, style).replaceAll(/\s+/g, " ")).toContain(`was not asked: ${why}`);
});

test("a start is written into a row for a launcher that was not asked, and nobody is told to start another one", async () => {
  const { store } = bench.operator;
  vi.spyOn(store.launchers, "present").mockResolvedValue([
    { process: sampleProcess(), operatorSocket: path, idle: [], standingBy: [] } as never,
  ]);
  const units = await unitsOf("bob");
  const [started] = await operateUnits(bench.operator, reach, units, { verb: "start", isAwaited: false });
  expect(started).toMatchObject({
    outcome: "asked",
    text: expect.stringContaining(`One was not asked directly: ${why}.`),
  });
  expect(await store.requests.pending(units.map(({ unitKey }) => unitKey))).toMatchObject([
    { verb: "start" },
  ]);
});
