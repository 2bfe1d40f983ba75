import fc from "fast-check";
import { expect, test } from "vitest";
import { passwordFor, withPassword } from "../../../../lib/domain/database/pass-file.ts";

const desk = { host: "db.example", port: 5432, database: "desk", user: "launch" };

test("the first line that fits counts, an asterisk fits anything, comments and other lines do not", () => {
  const text =
    "# db.example:5432:desk:launch:no\nother:5432:*:*:no\ndb.example:*:desk:launch:yes\n*:*:*:*:late\n";
  expect(passwordFor(desk, text)).toBe("yes");
  expect(passwordFor({ ...desk, user: "ops" }, text)).toBe("late");
  expect(passwordFor(desk, "db.example:5432:desk\nx\n")).toBeUndefined();
});

test("a server on a socket is found by its folder or as localhost, as libpq does", () => {
  const socket = { ...desk, host: "/run/postgresql" };
  expect(passwordFor(socket, "localhost:5432:desk:launch:a\n")).toBe("a");
  expect(passwordFor(socket, "/run/postgresql:5432:desk:launch:b\n")).toBe("b");
});

test("what was written is read back, whatever characters it holds, and replaces only its own line", () => {
  const field = fc.string({ minLength: 1 }).filter((text) => !/[\r\n*]/.test(text) && !text.startsWith("#"));
  fc.assert(
    fc.property(field, field, field, field, (host, database, user, password) => {
      const target = { host, port: 6000, database, user };
      const before = withPassword("# kept\nother:1:a:b:c\n", target, "old");
      const text = withPassword(before, target, password);
      expect(passwordFor(target, text)).toBe(password);
      expect(text.split("\n").filter((line) => line !== "")).toHaveLength(3);
      expect(text).toContain("# kept\nother:1:a:b:c\n");
    }),
  );
});
