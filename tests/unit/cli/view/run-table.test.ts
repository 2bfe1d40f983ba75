import { describe, expect, test } from "vitest";
import { renderRuns } from "../../../../lib/cli/view/run-table.ts";
import type { Style } from "../../../../lib/cli/view/style.ts";
import type { ExitIp } from "../../../../lib/domain/ip.ts";
import type { Run } from "../../../../lib/domain/run/run.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { RunVerdict } from "../../../../lib/operations/runs/judge-run.ts";
import { describeRun } from "../../../../lib/operations/runs/list-runs.ts";
import type { AccountStanding } from "../../../../lib/ports/store/account-store.ts";
import { sampleLive, sampleProcess, sampleRun } from "../../../support/sample-facts.ts";

const plain = (text: string) => text;
const paper: Style = { bold: plain, dim: plain, good: plain, warn: plain, bad: plain, width: undefined };
const row = (change: Partial<Run> = {}) => {
  const run = sampleRun({
    proxyLabel: "netnut-frankfurt-1",
    exitIp: "203.0.113.207" as ExitIp,
    exitReach: "public",
    exitProvenAt: instant(100_000),
    country: "DE",
    restarts: 3,
    lastRestartReason: "exit 203.0.113.9 drifted to 198.51.100.4 after a switch",
    launcher: sampleProcess({ host: "trading-host-17.example" }),
    ...change,
  });
  return describeRun(sampleLive({ run }), "live", instant(121_000));
};
const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

describe("the table of ps", () => {
  test("fits 80 columns and keeps who leaves from where, however long the rest is", () => {
    const text = renderRuns([row(), row({ tier: "env" })], paper, false);
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text).toContain("netnut-frankfurt-1  203.0.113.207 (21 s)");
  });

  test("tells a bot and a collector of one name apart, and leaves other names as they are", () => {
    const collector = { kind: "collector", name: "alice" } as unknown as Run["unit"];
    const bot = { kind: "bot", name: "alice", accountId: "1" } as unknown as Run["unit"];
    const other = { kind: "collector", name: "ticks" } as unknown as Run["unit"];
    const text = renderRuns(
      [row({ unit: bot }), row({ unit: collector }), row({ unit: other })],
      paper,
      false,
    );
    expect(text.split("\n").map((line) => line.split(" ", 1)[0])).toEqual([
      "UNIT",
      "bot:alice",
      "collector:alice",
      "ticks",
    ]);
  });

  test("shortens the reason of a held bot instead of hiding every bot's tier and uptime", () => {
    const calm = { restarts: 0, country: undefined, proxyLabel: "fra-1", lastRestartReason: undefined };
    const reason =
      'Account "bob" has no usable proxy: fra-1 has a credential that cannot be opened with the present keys.';
    const rows = [row(calm), row({ ...calm, phase: "holding", reason })];
    const text = renderRuns(rows, paper, false);
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^UNIT +STATE +PROXY +EXIT IP +TIER +.*WHY\n/);
    expect(text).toMatch(/Account "bob" has.*…/);
  });

  test("leaves out the reason of the last restart before tier and uptime", () => {
    const moved = row({ proxyLabel: "fra-1", launcher: sampleProcess({ host: "host-a" }) });
    const text = renderRuns([moved], paper, false);
    expect(text).toMatch(/TIER .*UPTIME +RESTARTS\n.* 3$/);
  });

  test("is as wide as a wider terminal allows, and wider still when asked", () => {
    const broad = renderRuns([row()], { ...paper, width: 200 }, false);
    expect(broad).toContain("trading-host-17.example");
    const all = renderRuns([row({ bypass: ["10.0.0.5:5432"] })], paper, true);
    expect(all).toContain("10.0.0.5:5432");
    expect(widest(all)).toBeGreaterThan(80);
  });

  test("says that the weakest tier is not enforced", () => {
    expect(renderRuns([row({ tier: "env" })], paper, true)).toContain("env · not enforced");
  });

  test("says how the account stands in the word of `launch why`, and what says more of the way there", () => {
    const shown = (phase: Run["phase"], standing?: AccountStanding, verdict: RunVerdict = "live") => {
      const run = sampleRun({ phase });
      const text = renderRuns(
        [describeRun(sampleLive({ run }), verdict, instant(121_000), standing)],
        paper,
        false,
      );
      return text.split("\n")[1]?.split(/ {2,}/)[1];
    };
    expect(shown("running")).toBe("running");
    expect(shown("running", { isHeld: false, waitsUntil: instant(200_000) })).toBe("waiting");
    expect(shown("holding")).toBe("no exit");
    expect(shown("stopping", { isHeld: true, waitsUntil: undefined })).toBe("held");
    expect(shown("switching")).toBe("switching");
    expect(shown("proving")).toBe("proving");
    expect(shown("backing_off")).toBe("backing off");
    expect(shown("running", undefined, "dead")).toBe("launcher dead");
  });

  test("leaves out columns that nobody has anything to tell in", () => {
    const quiet = row({ restarts: 0, country: undefined });
    expect(renderRuns([quiet], { ...paper, width: 300 }, false)).not.toMatch(/RESTARTS|COUNTRY|WHY/);
  });
});
