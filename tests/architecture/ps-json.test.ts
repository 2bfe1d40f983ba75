import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { instant } from "../../lib/domain/time.ts";
import { describeRun } from "../../lib/operations/runs/list-runs.ts";
import { runsView } from "../../lib/operations/views/runs.ts";
import { sampleLive } from "../support/sample-facts.ts";

test("docs/cli.md names every field of launch ps --json, and no other", () => {
  const { runs } = runsView([describeRun(sampleLive(), "live", instant(0))], "embedded");
  const page = readFileSync(join(packageRoot(), "docs/cli.md"), "utf8");
  const [, section = ""] = page.split("## The JSON of `launch ps`");
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  // Told in a description instead of a row of its own.
  named.push("last_restart_reason", "last_restart_cause");
  expect(new Set(named)).toEqual(new Set(Object.keys(runs[0] ?? {})));
});
