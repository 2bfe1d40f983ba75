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
const against = (pool: readonly Proxy[], keys = vault) => ({ pool, vault: keys, labelPrefix: undefined });

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
    expect(planImport([entry({ user: "u" })], against(pool)).actions).toMatchObject([{ kind: "unchanged" }]);
  });

  test("another password for a known user is an update of its credential", () => {
    const [action] = planImport([entry({ user: "u", pass: "new" })], against([known("u", "old")])).actions;
    expect(action).toMatchObject({ kind: "update" });
    expect(action?.kind === "update" && Object.keys(action.change)).toEqual(["sealed"]);
  });

  test("another user at a known endpoint is another proxy with a label of its own", () => {
    const pool = [known("u", "s3cret", { label: "gw.example-8001" })];
    const { actions } = planImport([entry({ user: "v" })], against(pool));
    expect(actions).toMatchObject([{ kind: "add", label: "gw.example-8001-2" }]);
  });

  test("a fact that the list tells anew is an update, and what it leaves out stays", () => {
    const pool = [
      sampleProxy({ country: "DE" as CountryCode, provider: "netnut", metadata: { b: 1, a: 2 } }),
    ];
    const told = entry({ country: "FR" as CountryCode, metadata: { a: 2 } });
    expect(planImport([told], against(pool)).actions).toMatchObject([
      { kind: "update", change: { country: "FR" } },
    ]);
  });

  test("a label given in the list that another proxy has is a problem of that line", () => {
    const pool = [sampleProxy({ label: "fra-1", endpoint: { scheme: "http", host: "other", port: 1 } })];
    const plan = planImport([entry({ line: 7, label: "fra-1", isLabelDerived: false })], against(pool));
    expect(plan).toEqual({
      actions: [],
      problems: [{ line: 7, what: "label fra-1 is taken by http://other:1" }],
    });
  });

  test("a known proxy whose credential no key opens stops the line instead of being doubled", () => {
    const foreign = openVault([generateKey()]);
    const plan = planImport([entry({ user: "u" })], against([known("u", "s3cret")], foreign));
    expect(plan.actions).toEqual([]);
    expect(plan.problems[0]?.what).toContain("cannot be opened to compare");
  });

  test("a prefix names what the list gives no label, and passes over labels that are taken or come later in the list", () => {
    const at = (port: number) => ({ scheme: "http", host: "gw.example", port }) as const;
    const pool = [sampleProxy({ label: "ox-1", endpoint: at(9) })];
    const entries = [
      entry({ endpoint: at(1) }),
      entry({ endpoint: at(2), label: "ox-3", isLabelDerived: false }),
      entry({ endpoint: at(3) }),
      entry({ endpoint: at(9) }),
    ];
    const { actions } = planImport(entries, { ...against(pool), labelPrefix: "ox-" });
    expect(actions).toMatchObject([
      { kind: "add", label: "ox-2" },
      { kind: "add", label: "ox-3" },
      { kind: "add", label: "ox-4" },
      { kind: "unchanged", proxy: { label: "ox-1" } },
    ]);
  });

  test("each stored credential is opened once, however many sessions share its gateway", () => {
    const opened: string[] = [];
    const counting = {
      ...vault,
      open: (...given: Parameters<typeof vault.open>) => {
        opened.push(given[1].label);
        return vault.open(...given);
      },
    };
    const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);
    const pool = users.map((user) => known(user, "s3cret", { label: user }));
    const { actions } = planImport(
      users.map((user) => entry({ user })),
      against(pool, counting),
    );
    expect(actions.every(({ kind }) => kind === "unchanged")).toBe(true);
    expect(opened).toHaveLength(users.length);
  });
});
