import { expect, test } from "vitest";
import { runProbe } from "../../../../lib/supervisor/desk/ready-probe.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

test.each([
  ["as it is", "ready to trade\n"],
  ["with colours", "\u001b[32mready\u001b[0m to trade\n"],
  ["on a line that was erased", "\u001b[2K\u001b[1Gready to trade\r\n"],
])("a unit is ready once it printed the line of its pattern %s", async (_how, line) => {
  const stream = { write: () => true, drained: async () => {} };
  const way = { kind: "log", pattern: "^ready to trade$" } as const;
  const probe = runProbe(
    { way, withinMs: 1_000 },
    { stdout: stream, stderr: stream },
    { clock: fakeClock(), ask: async () => "never asked" },
  );
  probe.output.stdout.write(Buffer.from(`not ready\n${line}`));
  const problems: string[] = [];
  const gone = new AbortController();
  const judged = probe.judge(gone.signal, (problem) => problems.push(problem)).then(() => "ready");
  expect(await Promise.race([judged, new Promise((resolve) => setImmediate(resolve, "not yet"))])).toBe(
    "ready",
  );
  gone.abort();
  expect(problems).toEqual([]);
});
