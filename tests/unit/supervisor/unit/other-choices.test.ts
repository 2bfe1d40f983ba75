import { expect, test } from "vitest";
import { register, sampleOwner } from "../../../contract/store/samples.ts";
import { launchCollector } from "../../../support/fleet/launch-units.ts";
import { collectorBench, phaseOf, textsOf } from "../bench.ts";

const there = { folder: "/other", choices: { "network.direct": "off" } };

test("a launcher says once, however many units it starts, that another folder of its host chose otherwise", async () => {
  const made = await collectorBench("192.0.2.1");
  const { identity } = made.launcher.host;
  await register(made.fleet.store, { ...sampleOwner(), launcher: identity }, [], there);
  launchCollector(made.launcher, "another");
  await made.fleet.clock.advance(10_000);
  const said = textsOf(made).filter((text) => text.includes("other settings than /other"));
  expect(said).toEqual([expect.stringContaining("network.direct is on here and off there")]);
});

test("a database that cannot tell it holds up no unit", async () => {
  const made = await collectorBench("192.0.2.1");
  const { launchers } = made.fleet.store;
  let asked = 0;
  Object.assign(made.launcher.link.store.launchers, {
    ...launchers,
    otherChoices: () => Promise.reject(new Error(`column "choices" does not exist ${++asked}`)),
  });
  await made.fleet.clock.advance(10);
  expect([asked, phaseOf(made), textsOf(made).join()]).toEqual([
    1,
    "running",
    expect.not.stringContaining("choices"),
  ]);
});
