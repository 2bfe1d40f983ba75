import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { inWords } from "../../../lib/cli/view/errno-words.ts";

describe("a message", () => {
  test.each([
    ["gone.csv cannot be read (ENOENT).", "gone.csv cannot be read (no such file or directory)."],
    ["ENOENT: no such file or directory, open 'x'", "no such file or directory, open 'x'"],
    ["connect ECONNREFUSED 10.0.0.1:5432", "connect connection refused 10.0.0.1:5432"],
    ["x cannot be read (EISDIR).", "x cannot be read (it is a folder)."],
    ["EURUSD and ELEPHANT stay", "EURUSD and ELEPHANT stay"],
    ["bench/E2E", "bench/E2E"],
  ])("has no raw code of the system: %s", (text, expected) => {
    expect(inWords(text)).toBe(expected);
  });

  test("has words for nearly every code that Linux knows", () => {
    const raw = Object.keys(constants.errno).filter((code) => inWords(`It failed (${code}).`).includes(code));
    expect(inWords("It failed (EACCES).")).toBe("It failed (permission denied).");
    expect(
      raw.filter((code) =>
        /^E(NOENT|ACCES|PERM|EXIST|ISDIR|NOTDIR|MFILE|NOSPC|ROFS|BUSY|PIPE|IO|CONN|ADDR|NETUNREACH|NETDOWN|HOST|TIMEDOUT)/.test(
          code,
        ),
      ),
    ).toEqual([]);
  });
});
