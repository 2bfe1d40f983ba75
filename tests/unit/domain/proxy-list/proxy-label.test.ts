import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readProxyList } from "../../../../lib/domain/proxy-list/read-proxy-list.ts";

describe("repeats and labels", () => {
  const labels = (text: string, taken: readonly string[] = []) =>
    readProxyList(text, { takenLabels: new Set(taken) }).entries.map(({ label }) => label);

  test("a plain repeat is a warning, one with another password a problem", () => {
    const text = "gw.example:1:bob:pw\nbob:pw@gw.example:1\ngw.example:1:bob:other\ngw.example:1:eve:pw";
    const { entries, warnings, problems } = readProxyList(text);
    expect(entries.map(({ line }) => line)).toEqual([1, 4]);
    expect(warnings).toEqual([{ line: 2, what: "it repeats line 1" }]);
    expect(problems).toEqual([{ line: 3, what: expect.stringContaining("same proxy as in line 1") }]);
  });

  test("two proxies with one label are reported", () => {
    const { problems } = readProxyList("host,port,label\ngw,1,fra\ngw,2,fra");
    expect(problems).toEqual([{ line: 3, what: "its label is the same as in line 2" }]);
  });

  test("a derived label is the host and port", () => {
    expect(labels("gw.example:8001\n[2001:db8::1]:80\n[::1]:80")).toEqual([
      "gw.example-8001",
      "2001-db8--1-80",
      "1-80",
    ]);
  });

  test("sessions of one gateway get labels that do not depend on their order", () => {
    const lines = ["gw:1:bob-1:pw", "gw:1:bob-2:pw", "gw:1:bob-3:pw"];
    const there = labels(lines.join("\n"));
    const back = labels(lines.toReversed().join("\n"));
    expect(new Set(there).size).toBe(3);
    expect(back.toReversed()).toEqual(there);
    expect(there.every((label) => /^gw-1-[0-9a-z]{7}$/.test(label))).toBe(true);
  });

  test("a label that is taken, in the list or before, is not derived again", () => {
    expect(labels("gw:1", ["gw-1"])[0]).toMatch(/^gw-1-[0-9a-z]{7}$/);
    const own = labels("host,port,label\ngw,1,\nother,1,gw-1");
    expect(own[0]).toMatch(/^gw-1-[0-9a-z]{7}$/);
    expect(own[1]).toBe("gw-1");
  });

  test("labels of any hosts are valid and different", () => {
    const host = fc.stringMatching(/^[_a-z][_a-z0-9-]{0,62}(\.[a-z0-9-]{1,60}){0,3}$/);
    const property = fc.property(fc.uniqueArray(host, { minLength: 1, maxLength: 8 }), (hosts) => {
      const made = labels(hosts.map((name) => `${name}:65535`).join("\n"));
      expect(new Set(made).size).toBe(made.length);
      for (const label of made) expect(label).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("the identity outlives a new password and new facts, and nothing else", () => {
    const identity = (text: string) => readProxyList(text).entries[0]?.identity;
    const first = identity("gw.example:1:bob:pw");
    expect(identity('[{"host": "GW.example", "port": 1, "user": "bob", "pass": "x", "city": "B"}]')).toBe(
      first,
    );
    for (const other of [
      "gw.example:2:bob:pw",
      "gw.example:1:eve:pw",
      "gw.example:1",
      "https://bob:pw@gw.example:1",
    ])
      expect(identity(other)).not.toBe(first);
  });
});
