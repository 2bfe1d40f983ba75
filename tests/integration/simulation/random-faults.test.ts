import { expect, test } from "vitest";
import { switchDefaults as rules } from "../../../lib/domain/reputation/switch-rules.ts";
import { patient } from "../../patience/patience.ts";
import { Fleet } from "../../support/simulation/fleet.ts";
import { layOut } from "../../support/simulation/layout.ts";
import { runNaive } from "../../support/simulation/naive.ts";
import { randomFaults } from "../../support/simulation/random-faults.ts";
import { World } from "../../support/simulation/world.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const days = isFull ? 365 : 30;
const layout = layOut({ accounts: 20, exitsEach: 3, hosts: 3, sharedBy: 2 });

test(`${days} days of everything that goes wrong: no budget is exceeded, no exit shared, no burned one taken, nobody starves`, {
  timeout: patient(600_000),
}, () => {
  const fleet = new Fleet(layout, new World(randomFaults(layout, days, 1), 1));
  fleet.run(0, (days + 2) * 86_400);
  expect(fleet.violations).toEqual([]);
  expect(fleet.idle).toEqual([]);
  const { permits } = fleet.desk.database;
  const share = Math.max(1, layout.accounts.length * rules.fleetShare);
  for (const permit of permits) {
    const within = (ms: number) => permits.filter(({ at }) => at > permit.at - ms && at <= permit.at);
    const others = within(rules.fleetWindowMs).filter(({ accountId }) => accountId !== permit.accountId);
    // A small desk whose exits are lost does not wait for minutes.
    const most = permit.kind === "lost" ? Math.max(share, rules.fleetLeastLost) : share;
    expect(others.length).toBeLessThan(most);
    if (permit.kind === "lost") continue;
    const own = ({ accountId, kind }: typeof permit) => accountId === permit.accountId && kind === "planned";
    expect(within(rules.tenMinutesMs).filter(own).length).toBeLessThanOrEqual(rules.perTenMinutes);
    expect(within(rules.dayMs).filter(own).length).toBeLessThanOrEqual(rules.perDay);
  }
  const causes = new Set(fleet.moves.map(({ cause }) => cause));
  expect([...causes].sort()).toEqual(["burned", "geo_blocked", "lost"]);
  expect(fleet.moves.length).toBeGreaterThan(3 * days);
});

test("the naive policy breaks every budget within the first three of these days", () => {
  const naive = runNaive(layout, new World(randomFaults(layout, 3, 1), 1), 3 * 86_400);
  expect(naive.mostOfOneInADay).toBeGreaterThan(10 * rules.perDay);
  expect(naive.mostInAMinute).toBeGreaterThan(10 * rules.fleetLeastLost);
});
