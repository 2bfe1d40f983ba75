import { describe, expect, it } from "vitest";
import { inSchema } from "../../../../lib/adapters/store/sql/session.ts";
import { decodeError, isServerGone } from "../../../../lib/adapters/store/store-errors.ts";
import { UsageError } from "../../../../lib/errors.ts";

const name = { host: "db.example:5432", database: "trading" };
const trouble = (fields: object) => Object.assign(new Error("it failed"), fields);

describe("errors of the database", () => {
  it.each([
    [{ code: "ECONNREFUSED" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ code: "57P01" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ code: "53300" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ code: "53100" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ code: "28P01" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ code: "25000" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ message: "Query read timeout" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ message: "timeout exceeded when trying to connect" }, "LAUNCH_STORE_UNREACHABLE"],
    [{ code: "42P01" }, "LAUNCH_SCHEMA_OUTDATED"],
    [{ code: "23514", constraint: "accounts_venues_check" }, "LAUNCH_INVALID_VALUE"],
    [{ code: "23505", constraint: "accounts_name_key" }, "LAUNCH_ALREADY_EXISTS"],
    [{ code: "23503", constraint: "account_proxy_assignments_account_id_fkey" }, "LAUNCH_UNKNOWN_ACCOUNT"],
    [{ code: "42601" }, "LAUNCH_INTERNAL"],
  ])("%j becomes %s", (fields, code) => {
    expect(decodeError(trouble(fields), name).code).toBe(code);
  });

  it("the hint for a server that is not there says more than to run the doctor, who shows the same hint", () => {
    const hint = decodeError(trouble({ code: "ECONNREFUSED" }), name).hint;
    expect(hint).toBe("Start the database server, or correct host and port of its URL.");
  });

  it.each([
    ["25000", /default_transaction_isolation/],
    ["25006", /primary.*default_transaction_read_only/],
  ])("a role whose own settings keep it from working (%s) is told which", (code, hint) => {
    expect(decodeError(trouble({ code }), name).hint).toMatch(hint);
  });

  it.each([
    ["accounts_name_key", "Key (name)=(alice) already exists.", /`launch account ls`/],
    ["network_proxies_label_key", "Key (label)=(fra-1) already exists.", /`launch proxy edit fra-1`/],
  ])("a name that is taken (%s) comes with what to type next", (constraint, detail, hint) => {
    expect(decodeError(trouble({ code: "23505", constraint, detail }), name).hint).toMatch(hint);
  });

  it("an error of ours passes unchanged", () => {
    const own = new UsageError("LAUNCH_INVALID_VALUE", "no");
    expect(decodeError(own, name)).toBe(own);
  });

  it("the rows that PostgreSQL puts into the detail of an error go no further", () => {
    const error = decodeError(
      trouble({ code: "23514", detail: "Failing row contains (gAAAA-sealed)." }),
      name,
    );
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain("gAAAA-sealed");
  });

  it("a host with two addresses that both refuse is told by its first refusal", () => {
    const both = Object.assign(new AggregateError([trouble({ code: "ECONNREFUSED" })]), { message: "" });
    expect(isServerGone(both)).toBe(true);
    expect(decodeError(both, name).message).toContain("it failed");
  });

  it("a server that hangs has not gone away: asking it again would only wait twice", () => {
    expect(isServerGone(trouble({ message: "Query read timeout" }))).toBe(false);
    expect(isServerGone(trouble({ message: "timeout exceeded when trying to connect" }))).toBe(false);
  });
});

describe("the schema's name in statements", () => {
  it("stands in quotes wherever a table is named, and nowhere else", () => {
    const text = "select 'launch' from launch.leases l, prelaunch.other o where l.launcher = $1";
    expect(inSchema(text, "launch")).toBe(text);
    expect(inSchema(text, 'my "desk"')).toBe(
      `select 'launch' from "my ""desk""".leases l, prelaunch.other o where l.launcher = $1`,
    );
  });
});
