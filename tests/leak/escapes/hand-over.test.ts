import { expect, test } from "vitest";
import { battery, story, useLeakLab } from "../lab/use-leak-lab.ts";

const here = useLeakLab();
const handingOver = battery.filter(({ outside }) => outside !== undefined);

test("work that a bot would hand to a program outside leaks without protection, and in the kernel tier nobody takes it", async () => {
  const bare = await here.search({ tier: "direct", clients: handingOver });
  expect(story(bare.filter(({ verdict }) => verdict !== "LEAK"))).toBe("");
  const kept = await here.search({ tier: "kernel", clients: handingOver });
  expect(
    story(kept.filter(({ verdict, output }) => verdict !== "refused" || !output.includes("ECONNREFUSED"))),
  ).toBe("");
});

test("with the host's /tmp only a listener that comes later is reached", async () => {
  const rows = await here.search({ tier: "kernel", clients: handingOver, tmp: "shared" });
  expect(rows.filter(({ verdict }) => verdict === "LEAK").map(({ client }) => client)).toEqual([
    "work handed over in /tmp, late",
  ]);
});

test("a bot of another user finds that user's programs as little", async (context) => {
  if (process.getuid?.() !== 0) return context.skip("NOT TESTED: run_as needs root.");
  const rows = await here.search({ tier: "kernel", clients: handingOver, runAs: "nobody" });
  expect(
    story(rows.filter(({ verdict, output }) => verdict !== "refused" || !output.includes("ECONNREFUSED"))),
  ).toBe("");
});
