import { expect, test } from "vitest";
import { Secret } from "../../../../lib/domain/secret.ts";
import { requireLogin, requireUser } from "../../../../lib/operations/proxies/require-user.ts";

const problemOf = (work: () => void): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  ["", "--proxy-user is empty."],
  [" bob", "The credential cannot be used: its user begins or ends with a space."],
  ['"bob"', "The credential cannot be used: its user is in quotes."],
  ["“bob”", "The credential cannot be used: its user is in quotes."],
  ["bob@desk.example", undefined],
  ["o'neil", undefined],
])("the user %j is taken as it is, or refused by what is wrong", (user, expected) => {
  expect(problemOf(() => requireUser(user, "http"))).toBe(expected);
});

test("a password that was copied together with its user is refused, and not shown", () => {
  const told = (user: string, secret: string) =>
    problemOf(() => requireLogin({ user, secret: new Secret(secret) }, "http"));
  expect(told("cust.1", "cust.1:hunter2")).toMatch(/its password begins with the user and a colon\.$/);
  expect([told("cust.1", "custx1:hunter2"), told("ab", "ab:hunter2"), told("cust.1", "hunter2")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
