// The fleet of the simulator under the real policy; bundled by the row that measures it, since Node 20 runs no TypeScript.
import { Fleet } from "../../tests/support/simulation/fleet.ts";
import { layOut } from "../../tests/support/simulation/layout.ts";
import { randomFaults } from "../../tests/support/simulation/random-faults.ts";
import { World } from "../../tests/support/simulation/world.ts";

/** How often a bot was looked at in so many days of everything that goes wrong, and in how many milliseconds. */
export function simulate(days: number): { readonly steps: number; readonly ms: number } {
  const { accounts, proxies } = layOut({ accounts: 20, exitsEach: 3, hosts: 3, sharedBy: 2 });
  let steps = 0;
  const counted = Object.assign([...accounts], {
    [Symbol.iterator]() {
      steps += accounts.length;
      return accounts[Symbol.iterator]();
    },
  });
  const layout = { accounts: counted, proxies };
  const fleet = new Fleet(layout, new World(randomFaults({ accounts, proxies }, days, 1), 1));
  steps = 0;
  const startedAt = performance.now();
  fleet.run(0, days * 86_400);
  return { steps, ms: performance.now() - startedAt };
}
