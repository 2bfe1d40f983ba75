import { expect, test } from "vitest";
import { parsePortList } from "../../../lib/domain/run/reach/port-list.ts";

test("single ports, ranges and lists become sorted ports, each once", () => {
  expect(parsePortList(["9000", "7002-7004", "7003, 80"])).toEqual({
    kind: "ports",
    ports: [80, 7002, 7003, 7004, 9000],
  });
  expect(parsePortList([])).toEqual({ kind: "ports", ports: [] });
});

test.each(["0", "65536", "80-70", "http", "", "-1", "80-", "1e3"])("%j is no port", (entry) => {
  expect(parsePortList([entry])).toEqual({
    kind: "refused",
    why: `"${entry}" is not a port or range such as 9000 or 7000-7010`,
  });
});

test("a thousand ports are the most, in one range or many", () => {
  expect(parsePortList(["1000-1999"])).toMatchObject({ kind: "ports" });
  const why = "1001 ports are given, but at most 1000 can be forwarded";
  expect(parsePortList(["1000-2000"])).toEqual({ kind: "refused", why });
  expect(parsePortList(["1000-1999", "3000"])).toEqual({ kind: "refused", why });
});

test("the port of names cannot be forwarded", () => {
  expect(parsePortList(["50-60"])).toMatchObject({ kind: "refused", why: expect.stringContaining("53") });
});
