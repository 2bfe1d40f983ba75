import { describe, expect, test } from "vitest";
import { generateKey } from "../../../lib/adapters/vault/master-key.ts";
import { openVault } from "../../../lib/adapters/vault/vault.ts";
import type { CountryCode } from "../../../lib/domain/account.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import { proxyIdentity } from "../../../lib/domain/proxy-list/proxy-label.ts";
import type { ProxyListEntry } from "../../../lib/domain/proxy-list/read-proxy-list.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { planImport } from "../../../lib/operations/import/plan-import.ts";
import { sampleProxy } from "../../support/sample-facts.ts";

const vault = openVault([generateKey()]);

function entry(change: Partial<ProxyListEntry> & { readonly user?: string; readonly pass?: string } = {}) {
  const { user, pass, ...rest } = change;
  const endpoint = { scheme: "http", host: "gw.example", port: 8001 } as const;
  const made: ProxyListEntry = {
    line: 1,
    label: "gw.example-8001",
    isLabelDerived: true,
    endpoint,
    identity: proxyIdentity(endpoint, user),
    credential: user === undefined ? undefined : { user, secret: new Secret(pass ?? "s3cret") },
    country: undefined,
    provider: undefined,
    expectedIp: undefined,
    expiresAt: undefined,
    priority: undefined,
    metadata: {},
    ...rest,
  };
  return made;
}

function known(user: string, pass: string, change: Partial<Proxy> = {}): Proxy {
  const proxy = sampleProxy({ authType: "basic", ...change });
  const subject = { id: proxy.id, label: proxy.label, scheme: proxy.endpoint.scheme };
  return { ...proxy, sealed: vault.seal({ user, secret: new Secret(pass) }, subject) };
}

describe("the plan of an import", () => {
  test("a second import of the same list changes nothing", () => {
    const pool = [known("u", "s3cret")];
    expect(planImport([entry({ user: "u" })], pool, vault).actions).toMatchObject([{ kind: "unchanged" }]);
  });

  test("another password for a known user is an update of its credential", () => {
    const [action] = planImport([entry({ user: "u", pass: "new" })], [known("u", "old")], vault).actions;
    expect(action).toMatchObject({ kind: "update" });
    expect(action?.kind === "update" && Object.keys(action.change)).toEqual(["sealed"]);
  });

  test("another user at a known endpoint is another proxy with a label of its own", () => {
    const pool = [known("u", "s3cret", { label: "gw.example-8001" })];
    const { actions } = planImport([entry({ user: "v" })], pool, vault);
    expect(actions).toMatchObject([{ kind: "add", label: "gw.example-8001-2" }]);
  });

  test("a fact that the list tells anew is an update, and what it leaves out stays", () => {
    const pool = [
      sampleProxy({ country: "DE" as CountryCode, provider: "netnut", metadata: { b: 1, a: 2 } }),
    ];
    const told = entry({ country: "FR" as CountryCode, metadata: { a: 2 } });
    expect(planImport([told], pool, vault).actions).toMatchObject([
      { kind: "update", change: { country: "FR" } },
    ]);
  });

  test("a label given in the list that another proxy has is a problem of that line", () => {
    const pool = [sampleProxy({ label: "fra-1", endpoint: { scheme: "http", host: "other", port: 1 } })];
    const plan = planImport([entry({ line: 7, label: "fra-1", isLabelDerived: false })], pool, vault);
    expect(plan).toEqual({
      actions: [],
      problems: [{ line: 7, what: "label fra-1 is taken by http://other:1" }],
    });
  });

  test("a known proxy whose credential no key opens stops the line instead of being doubled", () => {
    const foreign = openVault([generateKey()]);
    const plan = planImport([entry({ user: "u" })], [known("u", "s3cret")], foreign);
    expect(plan.actions).toEqual([]);
    expect(plan.problems[0]?.what).toContain("cannot be opened to compare");
  });
});
