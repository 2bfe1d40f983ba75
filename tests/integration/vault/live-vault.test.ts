import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeNewFile } from "../../../lib/adapters/host-files/new-file.ts";
import { addMasterKey, createKeyFile, removeMasterKey } from "../../../lib/adapters/vault/edit-key-file.ts";
import { openLiveVault } from "../../../lib/adapters/vault/live-vault.ts";
import { loadMasterKeys } from "../../../lib/adapters/vault/load-master-keys.ts";
import { openVault } from "../../../lib/adapters/vault/vault.ts";
import { type ProxyId, parseId } from "../../../lib/domain/ids.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import type { LiveVault, Vault } from "../../../lib/ports/vault.ts";

const fra = {
  id: parseId<ProxyId>("2f0a4a6e-8f0e-4f4e-9a53-0b8f4f6f3c11"),
  label: "fra-1",
  scheme: "http",
} as const;

let folder = "";
let path = "";
let said: string[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "launch-live-keys-"));
  path = join(folder, "keys");
  said = [];
  await createKeyFile(path, writeNewFile);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function openLive(): Promise<LiveVault> {
  return openLiveVault({ kind: "file", path }, { say: ({ text }) => void said.push(text) });
}

async function vaultOfFile(): Promise<Vault> {
  return openVault((await loadMasterKeys({ kind: "file", path })).keys);
}

function sealedBy(vault: Vault) {
  return vault.seal({ user: "u", secret: new Secret("hunter2") }, fra);
}

test("a key that is added opens what it sealed from the next look on, and what the old one sealed stays openable", async () => {
  const live = await openLive();
  const old = sealedBy(await vaultOfFile());
  const added = await addMasterKey(path);
  const fresh = sealedBy(await vaultOfFile());
  expect(live.open(fresh, fra)).toMatchObject({ kind: "unopenable", why: expect.stringContaining(added.id) });
  expect(await live.refresh()).toBe(true);
  expect([live.open(fresh, fra).kind, live.open(old, fra).kind]).toEqual(["opened", "opened"]);
  expect(live.keyIds).toEqual([added.id, old.keyId]);
  expect([await live.refresh(), said]).toEqual([false, []]);
});

test("every look that waits for one reading of the file gets its outcome", async () => {
  const live = await openLive();
  await addMasterKey(path);
  expect(await Promise.all([live.refresh(), live.refresh()])).toEqual([true, true]);
  expect(live.keyIds).toHaveLength(2);
});

test.each([
  ["is gone", () => renameSync(path, `${path}.away`), /no key file/],
  ["is open to others", () => chmodSync(path, 0o644), /chmod 600/],
  ["holds a line that is no key", () => writeFileSync(path, "hunter2\n"), /line 1/],
  ["is empty", () => writeFileSync(path, "# nothing\n"), /contains no key/],
])(
  "a key file that %s changes nothing, which is said once with the keys in use",
  async (_what, spoil, why) => {
    const live = await openLive();
    const text = readFileSync(path, "utf8");
    const sealed = sealedBy(live);
    spoil();
    expect([await live.refresh(), await live.refresh()]).toEqual([false, false]);
    expect(live.open(sealed, fra).kind).toBe("opened");
    expect(said).toEqual([expect.stringMatching(why)]);
    expect(said[0]).toContain(sealed.keyId);
    expect(said[0]).not.toContain("hunter2");
    rmSync(path, { force: true });
    writeFileSync(path, text, { mode: 0o600 });
    const added = await addMasterKey(path);
    expect([await live.refresh(), live.keyIds[0]]).toEqual([true, added.id]);
  },
);

test("a file with other keys adds them, takes none away, and says which it lacks", async () => {
  const live = await openLive();
  const sealed = sealedBy(live);
  rmSync(path);
  await createKeyFile(path, writeNewFile);
  const other = (await vaultOfFile()).keyIds[0];
  expect(await live.refresh()).toBe(true);
  expect(live.keyIds).toEqual([other, sealed.keyId]);
  expect(live.open(sealed, fra).kind).toBe("opened");
  expect(said).toEqual([expect.stringContaining(`no longer contains key ${sealed.keyId}`)]);
});

test("a retired key stays known until the launcher ends", async () => {
  const live = await openLive();
  const sealed = sealedBy(live);
  await addMasterKey(path);
  await removeMasterKey(path, sealed.keyId);
  await live.refresh();
  expect(live.open(sealed, fra).kind).toBe("opened");
  expect((await openLive()).open(sealed, fra).kind).toBe("unopenable");
});

test("keys of a variable never change", async () => {
  const { keys } = await loadMasterKeys({ kind: "file", path });
  const text = keys.map((key) => key.text.reveal()).join(",");
  const source = { kind: "variable", variable: "LAUNCH_FERNET_KEYS", keys: new Secret(text) } as const;
  const live = await openLiveVault(source, { say: () => {} });
  expect([await live.refresh(), live.keyIds]).toEqual([false, keys.map(({ id }) => id)]);
});
