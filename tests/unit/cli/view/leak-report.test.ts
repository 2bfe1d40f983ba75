import { expect, test } from "vitest";
import { leakNotes, leakTable } from "../../../../lib/cli/view/leak-report.ts";
import type { LeakReport } from "../../../../lib/leak-check/check-leaks.ts";
import type { LeakRow } from "../../../../lib/leak-check/find-leaks.ts";
import { isUnproven, leakView } from "../../../../lib/leak-check/leak-view.ts";

const end = {
  code: 0,
  signal: undefined,
  tookMs: 1_240,
  isLate: false,
  output: "",
  refusals: [],
  notStarted: undefined,
};
const plain = (text: string): string => text;
const narrow = { bold: plain, dim: plain, good: plain, warn: plain, bad: paint, width: 80 };

test("the table fits eighty columns, whatever was seen and however long the command is", () => {
  const why = "10.77.0.2 at dns 53, http 443, 14 packets past the proxy";
  const client = "python3 bots/main.py --market BTC/USDT --venue binance";
  const rows = [row({ client, verdict: "LEAK", why }), row({ why: "the target saw 2001:db8:77::20" })];
  const lines = leakTable(report({ rows }), narrow).replaceAll(/[<>]/g, "").split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.join(" ").replaceAll(/\s+/g, " ")).toContain(why);
  expect(lines[1]).toMatch(/^python3 bots\/main\.py --market B… {2}kernel {2}LEAK {3}10\.77\.0\.2/);
});

test("one leak is counted among all rows, with what to do about it", () => {
  const rows = [row({}), row({ verdict: "LEAK" })];
  expect(leakNotes(report({ rows, tier: "env" }), undefined).at(-1)).toBe(
    "1 of 2 got past the proxy. Leave `--isolation env` out.",
  );
  expect(leakView(report({ rows }), undefined)).toMatchObject({ version: 1, ok: false, evidence: "packets" });
});

test("a command that failed before it reached anything has shown nothing; one that ended well or had no time left has", () => {
  const failed = report({ rows: [row({ verdict: "refused", end: { ...end, code: 3 } })] });
  expect(isUnproven(failed, "bot")).toBe(true);
  expect(leakView(failed, "bot")).toMatchObject({ ok: false });
  const notStarted = { ...end, code: undefined, notStarted: "no such tier" };
  expect(isUnproven(report({ rows: [row({ verdict: "refused", end: notStarted })] }), "bot")).toBe(true);
  const late = { ...end, code: undefined, isLate: true };
  for (const each of [end, late]) {
    expect(isUnproven(report({ rows: [row({ verdict: "refused", end: each })] }), "bot")).toBe(false);
  }
  expect(isUnproven(report({ rows: [row({ end: { ...end, code: 3 } })] }), "bot")).toBe(false);
});

test("a battery of which nothing came through the proxy has shown nothing", () => {
  const rows = [row({ verdict: "refused" }), row({ verdict: "absent" })];
  expect(isUnproven(report({ rows }), undefined)).toBe(true);
  expect(leakNotes(report({ rows }), undefined).at(-1)).toMatch(/^This proves nothing: /);
  expect(isUnproven(report({ rows: [...rows, row({})] }), undefined)).toBe(false);
});

test("without counted packets the notes say why, and that this proves less", () => {
  const notes = leakNotes(report({ evidence: "targets", noPackets: "No lab." }), undefined);
  expect(notes.slice(0, 2)).toEqual([
    "No lab.",
    "Therefore packets were not counted, and this check proves less:",
  ]);
});

test("the end of a command is told with the last that it printed and what was refused to it", () => {
  const output = Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n");
  const refusals = ["the relay refused 10.0.0.5:443: it is not a public address."];
  const killed = { ...end, code: undefined, signal: "SEGV", refusals };
  const notes = leakNotes(report({ rows: [row({ output, end: killed })] }), "bot");
  expect(notes[0]).toBe("bot was killed by SIGSEGV after 1.2 s.");
  expect(notes.slice(1, 3)).toEqual(["Its last output:", "  line 24"]);
  expect(notes).toContain("While it ran: the relay refused 10.0.0.5:443: it is not a public address.");
});

function row(given: Partial<LeakRow>): LeakRow {
  const why = "the target saw 198.51.100.10";
  return {
    client: "bot",
    tier: "kernel",
    verdict: "proxied",
    why,
    program: "bot",
    output: "",
    end,
    ...given,
  };
}

function report(given: Partial<LeakReport>): LeakReport {
  const programs = { node: "node", pythons: [], searchPath: "/usr/bin" };
  return { tier: "kernel", evidence: "packets", noPackets: undefined, rows: [row({})], programs, ...given };
}

function paint(text: string): string {
  return `<${text}>`;
}
