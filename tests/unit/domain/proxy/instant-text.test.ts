import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../../lib/domain/proxy/instant-text.ts";

describe("times as text", () => {
  test.each([
    "2026-05-01",
    "2026-05-01T12:34:56Z",
    "2026-05-01T12:34:56.789Z",
    "2026-05-01T12:34:56+02:00",
    "2024-02-29T00:00:00-11:30",
    "1970-01-01",
  ])("%s is read as everywhere else", (text) => expect(parseInstant(text)).toBe(Date.parse(text)));

  test("a time without an offset is UTC, with a space as well as a T", () => {
    expect(parseInstant("2026-05-01 12:34")).toBe(Date.parse("2026-05-01T12:34:00Z"));
    expect(parseInstant(" 2026-05-01t12:34:56z ")).toBe(Date.parse("2026-05-01T12:34:56Z"));
    expect(parseInstant("2026-05-01T12:34:56+0200")).toBe(Date.parse("2026-05-01T12:34:56+02:00"));
  });

  test.each([
    "",
    "never",
    "2026-13-01",
    "2026-02-29",
    "2026-04-31",
    "2026-00-10",
    "2026-05-01T24:00:00Z",
    "2026-05-01T12:60:00Z",
    "2026-05-01T12:00:00+25:00",
    "05/01/2026",
    "2026-5-1",
  ])("%j is no time", (text) => expect(parseInstant(text)).toBeUndefined());

  test("any instant from year 0 to 9999 comes back from its ISO form", () => {
    const date = fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(fc.property(date, (at) => parseInstant(at.toISOString()) === at.getTime()));
  });
});
