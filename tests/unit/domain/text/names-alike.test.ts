import { expect, test } from "vitest";
import { alikeWords, namesAlike } from "../../../../lib/domain/text/names-alike.ts";

test("names that differ only in case are found among the new ones, each once, and none that was there", () => {
  expect(namesAlike(["Fra-1", "FRA-1", "ams-1", "par-1", "Fra-1"], ["fra-1", "ams-1"])).toEqual([
    { name: "Fra-1", other: "fra-1" },
    { name: "FRA-1", other: "fra-1" },
  ]);
  expect(namesAlike(["Bob", "bob"], [])).toEqual([{ name: "bob", other: "Bob" }]);
});

test("many of them are one sentence that names three", () => {
  const alike = ["A", "B", "C", "D"].map((name) => ({ name, other: name.toLowerCase() }));
  const repair = (name: string) => `remove ${name}`;
  expect(alikeWords(alike, "proxy", repair)).toBe(
    "4 proxies differ from others only in case, as A from a, B from b, C from c …; if you did not mean that, remove A.",
  );
  expect(alikeWords([], "proxy", repair)).toBeUndefined();
});
