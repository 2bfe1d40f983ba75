import { describe, expect, it } from "vitest";
import { readSeedAssignment, readSeedProxy, seedUuid } from "../../../../lib/adapters/store/seed-rows.ts";

describe("reading the seed's rows", () => {
  it.each([
    ["http://gw.example:8001", "http://gw.example:8001"],
    ["gw.example:8001", "http://gw.example:8001"],
    ["SOCKS5H://GW.example:1080/", "socks5://gw.example:1080"],
    ["https://gw.example", "https://gw.example:443"],
    ["socks5://[2001:DB8::1]:9", "socks5://[2001:db8::1]:9"],
    ["[2001:db8::1]:9", "http://[2001:db8::1]:9"],
  ])("the endpoint %s is read as %s", (text, wanted) => {
    expect(readSeedProxy({ id: 1, label: "a", endpoint_url: text })).toMatchObject({ endpointUrl: wanted });
  });

  it.each([
    "",
    "http://user:secret@gw.example:1",
    "ftp://gw.example:1",
    "gw.example:99999",
    "http://gw.example:1/path",
  ])("the endpoint %j cannot be adopted and is not repeated", (text) => {
    const outcome = readSeedProxy({ id: 1, label: "a", endpoint_url: text });
    expect(outcome).toContain('proxy "a"');
    expect(outcome).not.toContain("secret");
  });

  it("a token is read from text and from bytea, and an empty one is none", () => {
    const row = { id: 1, endpoint_url: "gw.example:1" };
    expect(readSeedProxy({ ...row, credentials_encrypted: "gAAA" })).toMatchObject({ token: "gAAA" });
    expect(readSeedProxy({ ...row, credentials_encrypted: "\\x67414141" })).toMatchObject({ token: "gAAA" });
    expect(readSeedProxy({ ...row, credentials_encrypted: "\\x" })).toMatchObject({ token: undefined });
    expect(readSeedProxy(row)).toMatchObject({ token: undefined, metadata: {}, isActive: true });
  });

  it("metadata in a text column is read as JSON and kept as a note when it is none", () => {
    const row = { id: 1, endpoint_url: "gw.example:1" };
    expect(readSeedProxy({ ...row, metadata: '{"plan":"isp"}' })).toMatchObject({
      metadata: { plan: "isp" },
    });
    expect(readSeedProxy({ ...row, metadata: "old one" })).toMatchObject({ metadata: { note: "old one" } });
  });

  it.each([
    ["active", "standby"],
    ["inactive", "disabled"],
    ["BURNED", "burned"],
    ["something", "standby"],
    [null, "standby"],
  ])("the status %s becomes %s", (status, wanted) => {
    expect(readSeedAssignment({ account_id: "alice", proxy_id: 7, status })).toMatchObject({
      status: wanted,
    });
  });

  it("an account id that cannot be a name is refused", () => {
    expect(readSeedAssignment({ account_id: "al ice", proxy_id: 7 })).toContain('"al ice"');
  });

  it("a key that is no uuid becomes the same uuid every time, another for another table or key", () => {
    const uuid = seedUuid("network_proxies", "7");
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(seedUuid("network_proxies", "7")).toBe(uuid);
    expect(new Set([uuid, seedUuid("network_proxies", "8"), seedUuid("accounts", "7")]).size).toBe(3);
    expect(seedUuid("accounts", uuid.toUpperCase())).toBe(uuid);
  });
});
