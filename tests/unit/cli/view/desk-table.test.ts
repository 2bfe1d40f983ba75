import { expect, test } from "vitest";
import { renderPreview } from "../../../../lib/cli/view/desk-table.ts";
import { styleFor } from "../../../../lib/cli/view/style.ts";

test("what would start tells a bot and a collector of one name apart, as a command takes them", async () => {
  const base = { outcome: "starts", label: undefined, exitIp: undefined, why: undefined } as const;
  const units = [
    { ...base, kind: "collector", name: "alice" },
    { ...base, kind: "bot", name: "alice" },
    { ...base, kind: "bot", name: "bob" },
  ] as const;
  const table = renderPreview(units, [], await styleFor({}, { flag: "never", env: {} }));
  expect(table.split("\n").map((line) => line.split(" ")[0])).toEqual([
    "UNIT",
    "collector:alice",
    "bot:alice",
    "bob",
  ]);
});
