import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { openSlipway, parseProxyEndpointUrl, StoreError, UsageError } from "../../../lib/index.ts";
import { newStranger } from "../../support/operator/launch-program.ts";

test("without a database of one's own the embedded one is started, with the keys of the state folder", async () => {
  const stranger = newStranger();
  try {
    expect((await stranger.launch(["init"])).status).toBe(0);
    const login = ["--proxy-user", "customer", "--proxy-pass-stdin"];
    const endpoint = ["--proxy-label", "fra-1", "--proxy-endpoint", "http://gw.example:8001"];
    const added = await stranger.launch(["account", "add", "alice", ...endpoint, ...login], {
      input: "hunter2\n",
    });
    expect(added.status, added.stderr).toBe(0);
    expect((await stranger.launch(["db", "stop"])).status).toBe(0);
    const told: string[] = [];
    const stateFolder = join(stranger.home, "state");
    const slipway = await openSlipway({ stateFolder, onNotice: ({ text }) => told.push(text) });
    const { upstream } = await slipway.chooseProxy("alice");
    expect(upstream).toMatchObject({ label: "fra-1", credential: { user: "customer" } });
    expect(inspect(upstream, { depth: 9, showHidden: true })).not.toContain("hunter2");
    expect(told.join("\n")).toMatch(/database/i);
    expect((await openAgain(stateFolder)).map(({ account }) => account.name)).toEqual(["alice"]);
    await slipway.close();
  } finally {
    await stranger.launch(["db", "stop"]);
    expect(existsSync(join(stranger.home, "state"))).toBe(true);
    stranger.remove();
  }
});

test("a database that does not answer is a StoreError, and a URL that is none is never quoted", async () => {
  const port = await freePort();
  const dead = openSlipway({ databaseUrl: `postgres://u:hunter2@127.0.0.1:${port}/d` });
  await expect(dead).rejects.toBeInstanceOf(StoreError);
  await expect(dead).rejects.toSatisfy((error) => !inspect(error, { depth: 9 }).includes("hunter2"));
  for (const databaseUrl of ["mysql://u:hunter2@h/d", "postgres://u:hunter2@h:x/d"]) {
    const refused = openSlipway({ databaseUrl });
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    await expect(refused).rejects.not.toThrow("hunter2");
  }
});

test("every change through the library writes its event, and a refused one writes neither", async () => {
  const stranger = newStranger();
  try {
    expect((await stranger.launch(["init"])).status).toBe(0);
    const slipway = await openSlipway({ stateFolder: join(stranger.home, "state") });
    const pairing = { accountName: "bob", proxyLabel: "ams-1" };
    await slipway.accounts.add({
      name: "bob",
      venues: [],
      allowedCountries: [],
      groupName: undefined,
      proxy: undefined,
    });
    await slipway.proxies.add({
      ...parseProxyEndpointUrl("socks5://gw.example:1080"),
      label: "ams-1",
      metadata: {},
      expectedIp: undefined,
      country: undefined,
      provider: undefined,
      expiresAt: undefined,
    });
    await slipway.accounts.assign(pairing, 1);
    await slipway.accounts.demote(pairing, { forMs: 60_000, why: "captcha" });
    await slipway.accounts.revive(pairing);
    await slipway.proxies.disable("ams-1");
    await slipway.accounts.hold("bob", "key leaked");
    await expect(slipway.accounts.hold("bbo", "typo")).rejects.toBeInstanceOf(UsageError);
    await slipway.proxies.remove("ams-1");
    await slipway.accounts.remove("bob");
    const events = await slipway.events.list();
    expect(events.map(({ kind }) => kind).toReversed()).toEqual([
      "account.added",
      "proxy.added",
      "assignment.added",
      "assignment.demoted",
      "assignment.revived",
      "proxy.disabled",
      "hold.set",
      "proxy.removed",
      "account.removed",
    ]);
    expect(await slipway.accounts.list()).toEqual([]);
    await slipway.close();
  } finally {
    await stranger.launch(["db", "stop"]);
    stranger.remove();
  }
});

async function openAgain(stateFolder: string) {
  const slipway = await openSlipway({ stateFolder });
  const accounts = await slipway.accounts.list();
  await slipway.close();
  return accounts;
}

/** A port that nothing listens on any more. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
