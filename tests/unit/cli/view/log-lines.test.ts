import { expect, test } from "vitest";
import { logNames, renderLogLines, shownText } from "../../../../lib/cli/view/log-lines.ts";
import type { Style } from "../../../../lib/cli/view/style.ts";
import type { RunId } from "../../../../lib/domain/ids.ts";
import { LogLineReader } from "../../../../lib/domain/logs/log-line.ts";
import type { NamedLog } from "../../../../lib/domain/logs/named-log.ts";

const same = (text: string) => text;
const plain: Style = { bold: same, dim: same, good: same, warn: same, bad: same, width: undefined };
const coloured: Style = { ...plain, dim: (text) => `<${text}>` };
const alice: NamedLog = { kind: "bot", name: "alice", path: "/alice" };
const run = "9b1c0e5c-1111-4222-8333-444455556666" as RunId;

function render(raw: readonly string[], look: { form: "text" | "json" | "raw"; style?: Style }) {
  const reader = new LogLineReader();
  const lines = raw.map((line) => ({ ...reader.read(Buffer.from(line).toString("latin1")), log: alice }));
  const found = renderLogLines(lines, { names: undefined, style: plain, ...look });
  return typeof found === "string" || found === undefined ? found : Buffer.from(found).toString();
}

const raw = [
  `2026-05-01T14:03:00.123Z#continues process 7 of run ${run}`,
  "2026-05-01T14:03:00.124Z zażółć € 🚀",
  "2026-05-01T14:03:00.125Z!on stderr",
  `2026-05-01T14:03:00.126Z#ended process 7 of run ${run}: exit code 1`,
];

test("people see the time, the text and what the launcher says, but not that a log goes on", () => {
  expect(render(raw, { form: "text" })).toBe(
    [
      "2026-05-01T14:03:00.124Z zażółć € 🚀",
      "2026-05-01T14:03:00.125Z on stderr",
      `2026-05-01T14:03:00.126Z -- ended process 7 of run ${run}: exit code 1`,
    ].join("\n"),
  );
});

test("programs get the unit, the run and the stream of each line", () => {
  const [first = "", second = ""] = String(render(raw, { form: "json" })).split("\n");
  expect(JSON.parse(first)).toEqual({
    time: "2026-05-01T14:03:00.124Z",
    unit: "alice",
    kind: "bot",
    run,
    stream: "stdout",
    text: "zażółć € 🚀",
  });
  expect(JSON.parse(second)).toMatchObject({ stream: "stderr", text: "on stderr" });
});

test("raw lines are the bytes of the process alone", () => {
  expect(render([...raw, "2026-05-01T14:03:00.127Z \u001b[2J"], { form: "raw" })).toBe(
    "zażółć € 🚀\non stderr\n\u001b[2J\n",
  );
});

test.each([
  ["\u001b[2Jgone", "␛[2Jgone"],
  ["\u001b]0;title\u0007", "␛]0;title␇"],
  ["50 %\r100 %\r", "50 %␍100 %"],
  ["a\tb", "a\tb"],
  ["\u009b2J", "<U+009B>2J"],
  ["\u202eabc", "<U+202E>abc"],
  ["\u007f\u0000", "␡␀"],
])("nothing that a bot writes can command a terminal: %j", (text, shown) => {
  expect(shownText(text, plain)).toBe(shown);
  expect(shownText(text, coloured)).toBe(shown);
});

test("colours are kept where there are colours, and end with their line", () => {
  expect(shownText("a \u001b[31mred\u001b[2J", coloured)).toBe("a \u001b[31mred␛[2J\u001b[0m");
  expect(shownText("a \u001b[31mred\u001b[0m", plain)).toBe("a red");
});

test("JSON holds no character that a terminal could obey", () => {
  expect(render(["2026-05-01T14:03:00.123Z \u009b2J\u001b[2J"], { form: "json" })).toMatch(
    /^[\u0020-\u007e]+$/,
  );
});

test("names are of one length, and tell a bot from a collector of the same name", () => {
  const collector: NamedLog = { ...alice, kind: "collector" };
  const names = logNames([alice, collector, { ...alice, name: "b" }]);
  const line = { ...new LogLineReader().read("x"), log: alice };
  expect(logNames([alice])).toBeUndefined();
  expect(names?.(line)).toBe("bot alice      ");
  expect(names?.({ ...line, log: { ...alice, name: "b" } })).toBe("b              ");
});
