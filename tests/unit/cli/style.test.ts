import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { describeError } from "../../../lib/cli/error-report.ts";
import { renderTable } from "../../../lib/cli/view/fitted-table.ts";
import { styleFor, wantsColour } from "../../../lib/cli/view/style.ts";
import { UsageError } from "../../../lib/errors.ts";

const terminal = { isTTY: true, columns: 80 };

test.each([
  [terminal, "auto", {}, true],
  [{}, "auto", {}, false],
  [{}, "always", { NO_COLOR: "1" }, true],
  [terminal, "never", { FORCE_COLOR: "1" }, false],
  [terminal, "auto", { NO_COLOR: "1" }, false],
  [terminal, "auto", { NO_COLOR: "" }, true],
  [{}, "auto", { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  [terminal, "auto", { FORCE_COLOR: "0" }, false],
  [terminal, "auto", { TERM: "dumb" }, false],
] as const)("colour on %j with --color=%s and %j: %s", (screen, flag, env, expected) =>
  expect(wantsColour(screen, { flag, env })).toBe(expected),
);

test("an error is its code and message, then the hint", async () => {
  const style = await styleFor({}, { flag: "auto", env: {} });
  const error = new UsageError("LAUNCH_USAGE", "It is wrong.", { hint: "Run `launch --help`." });
  expect(describeError(error, style)).toBe("LAUNCH_USAGE It is wrong.\nhint: Run `launch --help`.");
});

test("a table aligns styled cells by what is seen", async () => {
  const style = await styleFor(terminal, { flag: "always", env: {} });
  const rows = [
    { name: style.good("alice"), state: "running" },
    { name: "bo", state: style.bad("held") },
  ];
  expect(stripVTControlCharacters(renderTable(["name", "state"], rows, style))).toBe(
    "NAME   STATE\nalice  running\nbo     held",
  );
});
