import { describe, expect, test } from "vitest";
import { openJournal } from "../../../../lib/compose/journal.ts";

const paint = {
  warn: (text: string) => `<${text}>`,
  bad: (text: string) => `<<${text}>>`,
  bold: (text: string) => `*${text}*`,
};

async function said(format: "text" | "json", isQuiet: boolean): Promise<readonly string[]> {
  const lines: string[] = [];
  const journal = await openJournal({ format, isQuiet, paint, write: (line) => void lines.push(line) });
  journal.say({ level: "info", unit: "alice", text: "moved to fra-2" });
  journal.say({ level: "warning", unit: undefined, text: "the clock is off" });
  journal.say({ level: "error", unit: "alice", text: "stopped" });
  return lines;
}

describe("the journal", () => {
  test("speaks to people a line at a time, and leaves news out when it is to be quiet", async () => {
    const lines = ["*alice*: moved to fra-2", "<warning:> the clock is off", "<<error:>> *alice*: stopped"];
    expect(await said("text", false)).toEqual(lines);
    expect(await said("text", true)).toEqual(lines.slice(1));
  });

  test("speaks to machines in JSON with UTC time, level, unit and text", async () => {
    const lines = (await said("json", false)).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        unit: "alice",
        msg: "moved to fra-2",
      },
      { level: "warning", time: expect.any(String), msg: "the clock is off" },
      { level: "error", time: expect.any(String), unit: "alice", msg: "stopped" },
    ]);
    expect(await said("json", true)).toHaveLength(2);
  });
});
