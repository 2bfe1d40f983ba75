import { expect, test } from "vitest";
import { renderPreview, renderSettled } from "../../../../lib/cli/view/desk-table.ts";
import { styleFor } from "../../../../lib/cli/view/style.ts";

const style = await styleFor({}, { flag: "never", env: {} });
const wordsOf = (table: string) => table.split("\n").map((line) => line.split(" ")[0]);

test("what would start tells a bot and a collector of one name apart, as a command takes them", () => {
  const base = { outcome: "starts", label: undefined, exitIp: undefined, why: undefined } as const;
  const units = [
    { ...base, kind: "collector", name: "alice" },
    { ...base, kind: "bot", name: "alice" },
    { ...base, kind: "bot", name: "bob" },
  ] as const;
  const refused = [{ kind: "collector", name: "bob", why: "it wants a terminal" }] as const;
  expect(wordsOf(renderPreview(units, refused, style))).toEqual([
    "UNIT",
    "collector:alice",
    "bot:alice",
    "bot:bob",
    "collector:bob",
  ]);
});

test("so does where each stands after its first chance", () => {
  const base = { state: "ready", why: undefined } as const;
  const units = [
    { ...base, kind: "collector", name: "alice" },
    { ...base, kind: "bot", name: "alice" },
    { ...base, kind: "bot", name: "bob" },
  ] as const;
  expect(wordsOf(renderSettled(units, style))).toEqual(["UNIT", "collector:alice", "bot:alice", "bob"]);
});
