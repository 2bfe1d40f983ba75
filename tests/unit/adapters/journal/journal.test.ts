import { describe, expect, test } from "vitest";
import { openJournal } from "../../../../lib/compose/journal.ts";

const paint = {
  warn: (text: string) => `<${text}>`,
  bad: (text: string) => `<<${text}>>`,
  bold: (text: string) => `*${text}*`,
};

function said(format: "text" | "json", isQuiet: boolean): readonly string[] {
  const lines: string[] = [];
  const journal = openJournal({ format, isQuiet, paint, write: (line) => void lines.push(line) });
  journal.say({ level: "info", unit: "alice", text: "moved to fra-2" });
  journal.say({ level: "warning", unit: undefined, text: "the clock is off" });
  journal.say({ level: "error", unit: "alice", text: "stopped" });
  return lines;
}

describe("the journal", () => {
  test("speaks to people a line at a time, and leaves news out when it is to be quiet", () => {
    const lines = ["*alice*: moved to fra-2", "<warning:> the clock is off", "<<error:>> *alice*: stopped"];
    expect(said("text", false)).toEqual(lines);
    expect(said("text", true)).toEqual(lines.slice(1));
  });

  test("speaks to machines in JSON with UTC time, level, unit and text", () => {
    const lines = said("json", false).map((line) => JSON.parse(line) as Record<string, unknown>);
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
    expect(said("json", true)).toHaveLength(2);
  });

  test("keeps to one line of JSON whatever the text holds", () => {
    const lines: string[] = [];
    const journal = openJournal({
      format: "json",
      isQuiet: false,
      paint,
      write: (line) => void lines.push(line),
    });
    const text = 'two\nlines, "quoted", \u2028 and \u0000';
    journal.say({ level: "info", unit: undefined, text });
    expect(lines).toHaveLength(1);
    expect(lines.join("")).not.toContain("\n");
    expect(JSON.parse(lines.join(""))).toMatchObject({ msg: text });
  });

  test("keeps to one line for people too, and shows what would move the terminal's cursor", () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const journal = openJournal({ format: "text", isQuiet: false, paint, write });
    journal.say({ level: "info", unit: "alice", text: "at /tmp/a\nalice: ended\u001b[2J\u202e\u2028" });
    expect(lines).toEqual(["*alice*: at /tmp/a\\u{a}alice: ended\\u{1b}[2J\\u{202e}\\u{2028}"]);
  });
});
