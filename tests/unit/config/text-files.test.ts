import { describe, expect, test } from "vitest";
import { parseEnvFile } from "../../../lib/config/sources/env-file.ts";
import { configFolder } from "../../support/operator/config-folder.ts";

const envOf = (text: string | Buffer) => {
  const folder = configFolder();
  return parseEnvFile(folder.write("bot.env", text as string));
};

describe("a file of NAME=value lines", () => {
  test("that gives one name twice is refused by name and lines, without the values", () => {
    const text = "# keys\nAPI_KEY=hunter2\n\nexport API_KEY = 'other-secret'\n";
    expect(() => envOf(text)).toThrow(/bot\.env gives API_KEY twice: in line 2 and in line 4\.$/);
    expect(() => envOf(text)).not.toThrow(/hunter2|other-secret/);
    expect(() => envOf("A=1\r\nB=2\r\nA=1\r\n")).toThrow(/A twice: in line 1 and in line 3/);
    expect(() => envOf("A=1\nA=\n")).toThrow(/A twice/);
  });

  test("may hold in a quoted value, or in a comment, what looks like the same name again", () => {
    const text = 'NOTE="first\nAPI_KEY=in the note"\nAPI_KEY=real\n# API_KEY=old\nAPI_KEY_2=x\n';
    expect(envOf(text)).toEqual({ NOTE: "first\nAPI_KEY=in the note", API_KEY: "real", API_KEY_2: "x" });
  });

  test.each([
    ["API_KEY=abc\u200B\n", /line 1, holds U\+200B \(zero width space\) as character 12\.$/],
    ["A=1\nAPI_KEY=a\u00A0b\n", /line 2, holds U\+00A0 \(no-break space\) as character 10\.$/],
  ])("with a character that cannot be seen is refused by its place: %j", (text, expected) => {
    expect(() => envOf(text)).toThrow(expected);
  });

  test.each([
    ["A=1\nAPI_KEY hunter2\n", 2],
    ["A=1\r\nAPI_KEY: hunter2\r\n", 2],
    ["set API_KEY=hunter2\n", 1],
    ["# x\n\nAPI_KEY\n", 3],
    ["1KEY=hunter2", 1],
    ["A='one\nline'\nhunter2\nB=1\n", 3],
    ["=hunter2\n", 1],
    ["\uFEFFAPI_KEY hunter2", 1],
  ])("with a line that gives no value is refused by its number: %j", (text, line) => {
    expect(() => envOf(text)).toThrow(new RegExp(`bot\\.env, line ${line}, is no NAME=value`));
    expect(() => envOf(text)).not.toThrow(/hunter2/);
  });

  test.each(["A=1\n\t\nAPI_KEY=hunter2\n", "export  API_KEY=hunter2\n", "export\tAPI_KEY=hunter2\n"])(
    "with spaces that would become a part of a name is refused: %j",
    (text) => {
      expect(() => envOf(text)).toThrow(/before API_KEY/);
      expect(() => envOf(text)).not.toThrow(/hunter2/);
    },
  );

  test.each([
    ['A=1\nKEY="hunter2\nB=2\n', /line 2, has a " that is not closed/],
    ["KEY='it''s hunter2'\n", /line 1, has something behind the closing '/],
    ['KEY="hun\\"ter2"\n', /line 1, has something behind the closing "/],
    ['A="one\ntwo" # x\nexport KEY = "hunter2" two\n', /line 3, has something behind the closing "/],
    ["KEY=“hunter2”\n", /line 1, begins its value with a quote of a word processor/],
  ])("with quotes that hold something else than they seem to is refused: %j", (text, expected) => {
    expect(() => envOf(text)).toThrow(expected);
    expect(() => envOf(text)).not.toThrow(/hun|ter2/);
  });

  test("may hold quotes within a value, in quotes of another kind, and beside a comment", () => {
    const text = `A='"x"'\nB=it's\nC="it's" # a "note"\nD=\`a"b'c\`\nE='C="x" y'\nF=""\n`;
    expect(envOf(text)).toEqual({ A: '"x"', B: "it's", C: "it's", D: `a"b'c`, E: 'C="x" y', F: "" });
  });

  test("may hold lines of any kind in quotes, spaces around the sign, and names that begin with export", () => {
    const text = "A='one\nAPI_KEY hunter2\n\n# no comment'\n  export B = 2 # x\nexport=3\n\nC.D-E=\nF=a=b\n";
    expect(envOf(text)).toEqual({
      A: "one\nAPI_KEY hunter2\n\n# no comment",
      B: "2",
      export: "3",
      "C.D-E": "",
      F: "a=b",
    });
  });

  test("may hold a key of several lines in quotes", () => {
    const pem = "-----BEGIN KEY-----\nMIIB=\nhunter2\n-----END KEY-----";
    for (const quote of ['"', "'", "`"])
      expect(envOf(`A=1\nKEY=${quote}${pem}${quote}\nB=2\n`)).toEqual({ A: "1", KEY: pem, B: "2" });
  });

  test("may hold an emoji, a tab, and anything at all in comments", () => {
    expect(envOf("A=\u2764\uFE0F\u200D\u{1F525}\tx # a\u200Bb\n#\u00A0\n")).toHaveProperty("A");
  });

  test("written by Windows as UTF-16 is read by its mark, and another encoding is named", () => {
    expect(envOf(Buffer.from("\uFEFFA=1\r\nB=\u00E4\r\n", "utf16le"))).toEqual({ A: "1", B: "\u00E4" });
    expect(() => envOf(Buffer.from("A=1\nB=\u00E4\n", "latin1"))).toThrow(/is not UTF-8: line 2/);
  });
});

test("a launch.yaml with a hidden character names its place", () => {
  const folder = configFolder();
  folder.write("work/launch.yaml", "version: 1\nbots:\n\u00A0 alice: {}\n");
  expect(() => folder.load()).toThrow(
    /launch\.yaml, line 3, holds U\+00A0 \(no-break space\) as character 1\.$/,
  );
});
