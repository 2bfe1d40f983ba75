import { describe, expect, test, vi } from "vitest";
import type { KeyId } from "../../../lib/domain/ids.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import type { LiveVault } from "../../../lib/ports/vault.ts";
import { healthOf, proxyOf, relayOf } from "../../support/fleet/fleet.ts";
import { type Bench, bench, labelOf, phaseOf } from "./bench.ts";

/** A key file, and the vault of a launcher that last looked at it when it held only `old`. */
function keyFile() {
  const keys = { inFile: ["old"] as KeyId[], inVault: ["old"] as KeyId[] };
  const vault: LiveVault = {
    get keyIds() {
      return keys.inVault;
    },
    seal: () => ({ token: "", keyId: "old" as KeyId, fingerprint: "" }),
    open: ({ keyId }) =>
      keys.inVault.includes(keyId)
        ? { kind: "opened", credential: { user: "u", secret: new Secret("s") }, isLegacy: false }
        : { kind: "unopenable", why: `no key ${keyId}` },
    reseal: () => ({ kind: "unopenable", why: "not in this test" }),
    fingerprints: () => [],
    refresh: async () => {
      const isNew = keys.inFile.join() !== keys.inVault.join();
      keys.inVault = [...keys.inFile];
      return isNew;
    },
  };
  return { keys, vault };
}

async function keyedBench() {
  const { keys, vault } = keyFile();
  const made = await bench({}, { vault });
  await made.fleet.clock.advance(10);
  expect(phaseOf(made)).toBe("running");
  return { ...made, keys };
}

async function sealWith({ fleet }: Bench, label: string, keyId: string): Promise<void> {
  const { id } = await proxyOf(fleet, label);
  const sealed = { token: `by-${keyId}`, keyId: keyId as KeyId, fingerprint: "" };
  await fleet.store.proxies.update(id, { sealed });
}

async function rowOf({ fleet, run }: Bench) {
  return (await fleet.store.runs.live()).find(({ run: { id } }) => id === run.runId);
}

describe("a key that is added while a bot runs", () => {
  test("is in the launcher's row within one renewal, so that the keys can be rotated", async () => {
    const made = await keyedBench();
    expect((await rowOf(made))?.keyIds).toEqual(["old"]);
    made.keys.inFile.unshift("new" as KeyId);
    await made.fleet.clock.advance(4_050);
    expect((await rowOf(made))?.keyIds).toEqual(["new", "old"]);
    expect(phaseOf(made)).toBe("running");
  });

  test("opens what it sealed at once: the bot whose credential was edited goes on through the same proxy", async () => {
    const made = await keyedBench();
    // Just after a renewal, so that the choice itself has to look.
    await made.fleet.clock.advance(4_000);
    await sealWith(made, "fra", "new");
    await made.fleet.clock.advance(4_010);
    expect(phaseOf(made)).toBe("stopping");
    made.keys.inFile.unshift("new" as KeyId);
    await made.fleet.clock.advance(1_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
  });

  test("and seals anew what is in use does not hide which proxies share a credential that is refused", async () => {
    const made = await keyedBench();
    const { proxies } = made.fleet.store;
    const reseal = async (label: string, keyId: string, fingerprint: string) => {
      const { id, sealed } = await proxyOf(made.fleet, label);
      const to = { token: `${label}-by-${keyId}`, keyId: keyId as KeyId, fingerprint };
      if (sealed === undefined) await proxies.update(id, { sealed: to });
      else expect(await proxies.replaceSealed(id, sealed.token, to)).toBe(true);
    };
    for (const label of ["fra", "ams"]) await reseal(label, "old", "of-old");
    await made.fleet.clock.advance(8_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    made.keys.inFile.unshift("new" as KeyId);
    for (const label of ["fra", "ams"]) await reseal(label, "new", "of-new");
    const fra = made.fleet.net.proxies.get("fra");
    if (fra !== undefined) fra.fault = "auth";
    const failure = { kind: "auth", scope: "upstream", message: "fra 407", status: 407 } as const;
    relayOf(made.launcher, made.run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
    await made.fleet.clock.advance(4_000);
    const states = await Promise.all(["fra", "ams", "par"].map((label) => healthOf(made.fleet, label)));
    expect(states).toEqual(["auth_failed", "auth_failed", undefined]);
  });

  test("starts a bot that held for want of it", async () => {
    const made = await keyedBench();
    for (const label of ["fra", "ams"]) await sealWith(made, label, "new");
    await made.fleet.clock.advance(6_000);
    expect([phaseOf(made), (await rowOf(made))?.run.reason]).toEqual([
      "holding",
      expect.stringContaining("sealed with key new"),
    ]);
    made.keys.inFile.unshift("new" as KeyId);
    await made.fleet.clock.advance(10_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
  });
});

test("a bot that stops reads no proxies but its account's, of which a host may have very many", async () => {
  const made = await keyedBench();
  await sealWith(made, "fra", "old");
  await made.fleet.clock.advance(5_000);
  expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
  const list = vi.spyOn(made.launcher.ports.store.proxies, "list");
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(10_000);
  expect(made.run.ending).toBeDefined();
  expect(list).not.toHaveBeenCalled();
});
