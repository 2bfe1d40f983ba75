import { afterEach, describe, expect, test } from "vitest";
import { readFuture, readMoment } from "../../../../lib/cli/parse/moment-flag.ts";
import { type Instant, instant } from "../../../../lib/domain/time.ts";

const ownZone = process.env["TZ"];

afterEach(() => {
  if (ownZone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = ownZone;
});

const at = (text: string) => instant(Date.parse(text));
const textOf = (moment: Instant) => new Date(moment).toISOString();
const past = (text: string, now: string) => textOf(readMoment(text, "--at", at(now)));
const future = (text: string, now: string) => textOf(readFuture(text, "--until", at(now)));

/** The clocks of Berlin: forward at 2026-03-29T01:00Z, back at 2026-10-25T01:00Z. */
const inBerlin = () => {
  process.env["TZ"] = "Europe/Berlin";
};

describe("a moment of the past", () => {
  test.each([
    ["90m", "2026-05-01T10:30:00.000Z"],
    ["2d", "2026-04-29T12:00:00.000Z"],
    // Longer than a timer can wait.
    ["90d", "2026-01-31T12:00:00.000Z"],
    ["9999d", "1998-12-15T12:00:00.000Z"],
    ["0s", "2026-05-01T12:00:00.000Z"],
    ["2026-05-01", "2026-05-01T00:00:00.000Z"],
    ["2026-05-01 11:59:00", "2026-05-01T11:59:00.000Z"],
    ["2026-05-01T14:00:00+02:00", "2026-05-01T12:00:00.000Z"],
  ])("is read from %s", (text, found) => {
    expect(past(text, "2026-05-01T12:00:00Z")).toBe(found);
  });

  test("is the last time that the clock here showed it", () => {
    inBerlin();
    expect(past("14:03", "2026-05-01T12:03:00Z")).toBe("2026-05-01T12:03:00.000Z");
    expect(past("14:03:01", "2026-05-01T12:03:00Z")).toBe("2026-04-30T12:03:01.000Z");
    expect(past("0:00", "2026-05-01T12:03:00Z")).toBe("2026-04-30T22:00:00.000Z");
  });

  test("is the second of two where the clock was put back between them", () => {
    inBerlin();
    expect(past("02:30", "2026-10-25T12:00:00Z")).toBe("2026-10-25T01:30:00.000Z");
    expect(past("02:30", "2026-10-25T01:29:00Z")).toBe("2026-10-25T00:30:00.000Z");
  });

  test("is the second of two also where the clock is put back by half an hour", () => {
    process.env["TZ"] = "Australia/Lord_Howe";
    expect(past("01:45", "2026-04-05T12:00:00Z")).toBe("2026-04-04T15:15:00.000Z");
    expect(past("01:45", "2026-04-04T15:00:00Z")).toBe("2026-04-04T14:45:00.000Z");
  });

  test("is read in the last second of a day", () => {
    inBerlin();
    expect(past("23:59:59", "2026-05-01T12:03:00Z")).toBe("2026-04-30T21:59:59.000Z");
  });

  test("is of the day before where the clock left it out", () => {
    inBerlin();
    expect(past("02:30", "2026-03-29T22:15:00Z")).toBe("2026-03-28T01:30:00.000Z");
    expect(past("02:30", "2026-03-29T12:00:00Z")).toBe("2026-03-28T01:30:00.000Z");
  });

  test.each(["2026-05-01T12:00:01Z", "2027-01-01", "2026-05-01 14:00:00"])(
    "is refused when it is still to come: %s",
    (text) => {
      const refused = `--at ${text} is still to come: here it is 2026-05-01T12:00:00.000Z.`;
      expect(() => past(text, "2026-05-01T12:00:00Z")).toThrow(refused);
    },
  );
});

describe("a moment to come", () => {
  test.each([
    ["90m", "2026-05-01T13:30:00.000Z"],
    ["2d", "2026-05-03T12:00:00.000Z"],
    ["2026-05-02", "2026-05-02T00:00:00.000Z"],
  ])("is read from %s", (text, found) => {
    expect(future(text, "2026-05-01T12:00:00Z")).toBe(found);
  });

  test("is the next time that the clock here shows it", () => {
    inBerlin();
    expect(future("14:03", "2026-05-01T12:02:59Z")).toBe("2026-05-01T12:03:00.000Z");
    expect(future("14:03", "2026-05-01T12:03:00Z")).toBe("2026-05-02T12:03:00.000Z");
  });

  test("is a whole day of the clock away, also where that day has 23 or 25 hours", () => {
    inBerlin();
    expect(future("14:03", "2026-03-28T14:00:00Z")).toBe("2026-03-29T12:03:00.000Z");
    expect(future("14:03", "2026-10-24T14:00:00Z")).toBe("2026-10-25T13:03:00.000Z");
    expect(future("02:30", "2026-10-25T00:00:00Z")).toBe("2026-10-25T00:30:00.000Z");
    expect(future("02:30", "2026-03-28T12:00:00Z")).toBe("2026-03-30T00:30:00.000Z");
  });

  test.each(["2020-01-01", "2026-05-01T12:00:00Z", "0s"])("is refused when it is over: %s", (text) => {
    const refused = `--until ${text} is over: here it is 2026-05-01T12:00:00.000Z.`;
    expect(() => future(text, "2026-05-01T12:00:00Z")).toThrow(refused);
  });
});

test.each(["24:00", "14:60", "14:03:60", "10000d", "yesterday", "2026-02-30", "", "9y"])(
  "%j is no moment",
  (text) => {
    const now = at("2026-05-01T12:00:00Z");
    expect(() => readMoment(text, "--at", now)).toThrow(`--at ${text} is not a moment.`);
    expect(() => readFuture(text, "--until", now)).toThrow(`--until ${text} is not a moment.`);
  },
);
