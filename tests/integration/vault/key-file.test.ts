import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeNewFile } from "../../../lib/adapters/host-files/new-file.ts";
import { addMasterKey, createKeyFile, removeMasterKey } from "../../../lib/adapters/vault/edit-key-file.ts";
import { loadMasterKeys } from "../../../lib/adapters/vault/load-master-keys.ts";
import { generateKey } from "../../../lib/adapters/vault/master-key.ts";
import type { KeyId } from "../../../lib/domain/ids.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { LaunchError } from "../../../lib/errors.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch-keys-"));
  path = join(folder, "keys");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const idsIn = async (file: string) =>
  (await loadMasterKeys({ kind: "file", path: file })).keys.map((key) => key.id);
const failureOf = async (work: Promise<unknown>): Promise<LaunchError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LaunchError) return error;
  throw new Error("expected a LaunchError");
};

/** Makes the file and gives back the id of its key. */
async function makeKey(): Promise<KeyId> {
  await createKeyFile(path, writeNewFile);
  const [id] = await idsIn(path);
  if (id === undefined) throw new Error("no key was made");
  return id;
}

describe("making a key file", () => {
  test("leaves one file of mode 0600 with one key", async () => {
    expect(await createKeyFile(path, writeNewFile)).toBe("made");
    expect(await idsIn(path)).toHaveLength(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["keys"]);
  });

  test("never overwrites what is there", async () => {
    writeFileSync(path, "something", { mode: 0o600 });
    expect(await createKeyFile(path, writeNewFile)).toBe("kept");
    expect(readFileSync(path, "utf8")).toBe("something");
    expect(readdirSync(folder)).toEqual(["keys"]);
  });
});

describe("changing a key file", () => {
  test("a new key stands above the others and an old one is taken out", async () => {
    const first = await makeKey();
    const second = await addMasterKey(path);
    expect(await idsIn(path)).toEqual([second.id, first]);
    await removeMasterKey(path, first);
    expect(await idsIn(path)).toEqual([second.id]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["keys"]);
  });

  test("the last key and an unknown key are not taken out", async () => {
    const key = await makeKey();
    const before = readFileSync(path, "utf8");
    expect((await failureOf(removeMasterKey(path, key))).message).toContain("the only one");
    expect((await failureOf(removeMasterKey(path, "00000000" as KeyId))).message).toContain(key);
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(readdirSync(folder)).toEqual(["keys"]);
  });

  test("of many at once none loses another's key: each is in the file or was refused", async () => {
    await makeKey();
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => addMasterKey(path)));
    const added = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value.id] : []));
    const present = await idsIn(path);
    expect(added.length).toBeGreaterThan(0);
    expect(present).toEqual(expect.arrayContaining(added));
    expect(present).toHaveLength(added.length + 1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "LAUNCH_IN_USE" });
    expect(readdirSync(folder)).toEqual(["keys"]);
  });

  test("what an interrupted command left behind is named with the fix", async () => {
    await makeKey();
    writeFileSync(`${path}.next`, "");
    const failure = await failureOf(addMasterKey(path));
    expect(failure).toMatchObject({ code: "LAUNCH_IN_USE" });
    expect(failure.hint).toContain(`rm ${path}.next`);
    expect(readdirSync(folder).sort()).toEqual(["keys", "keys.next"]);
  });

  test("a symbolic link stays one", async () => {
    await makeKey();
    const alias = join(folder, "alias");
    symlinkSync(path, alias);
    const added = await addMasterKey(alias);
    expect(lstatSync(alias).isSymbolicLink()).toBe(true);
    expect((await idsIn(path))[0]).toBe(added.id);
  });

  test("an exposed file is not added to", async () => {
    await makeKey();
    chmodSync(path, 0o640);
    expect(await failureOf(addMasterKey(path))).toMatchObject({ code: "LAUNCH_MASTER_KEY_EXPOSED" });
    expect(readdirSync(folder)).toEqual(["keys"]);
  });
});

describe("loading keys", () => {
  test.each([0o640, 0o604, 0o660, 0o620, 0o601])("mode %o is refused with the fix", async (mode) => {
    await makeKey();
    chmodSync(path, mode);
    const failure = await failureOf(loadMasterKeys({ kind: "file", path }));
    expect(failure).toMatchObject({ code: "LAUNCH_MASTER_KEY_EXPOSED", exitStatus: 78 });
    expect(failure.hint).toBe(`Run: chmod 600 ${path}`);
  });

  test.each([0o600, 0o400])("mode %o is taken", async (mode) => {
    const key = await makeKey();
    chmodSync(path, mode);
    expect(await idsIn(path)).toEqual([key]);
  });

  test("a systemd credential may show the group bit of its ACL, and nothing for others", async () => {
    const key = await makeKey();
    chmodSync(path, 0o440);
    const { keys } = await loadMasterKeys({ kind: "credential", path });
    expect(keys.map(({ id }) => id)).toEqual([key]);
    chmodSync(path, 0o444);
    expect(await failureOf(loadMasterKeys({ kind: "credential", path }))).toMatchObject({
      code: "LAUNCH_MASTER_KEY_EXPOSED",
    });
  });

  test("a missing file, a folder and an empty file say what to do", async () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "# none\n", { mode: 0o600 });
    for (const place of [path, folder, empty, join(empty, "below")]) {
      const failure = await failureOf(loadMasterKeys({ kind: "file", path: place }));
      expect(failure).toMatchObject({ code: "LAUNCH_MASTER_KEY_MISSING", exitStatus: 78 });
      expect(failure.message).toContain(place);
      expect(failure.hint).toContain("launch init");
    }
  });

  test("a FIFO in the file's place is refused and not waited for", async () => {
    expect(spawnSync("mkfifo", ["-m", "600", path]).status).toBe(0);
    expect(await failureOf(loadMasterKeys({ kind: "file", path }))).toMatchObject({
      code: "LAUNCH_MASTER_KEY_MISSING",
    });
  });

  test("a line that is no key is named by file and number and not shown", async () => {
    writeFileSync(path, "# mine\nhunter2\n", { mode: 0o600 });
    const failure = await failureOf(loadMasterKeys({ kind: "file", path }));
    expect(failure.message).toBe(`${path}, line 2: this is not a master key.`);
    expect(JSON.stringify(failure) + String(failure.stack)).not.toContain("hunter2");
  });

  test("a variable works with a warning, its keys parted by commas, spaces or lines", async () => {
    const made = [generateKey(), generateKey(), generateKey()] as const;
    const [first, second, third] = made.map((key) => key.text.reveal());
    const text = new Secret(` ${first},${second}\n${third} `);
    const source = { kind: "variable", variable: "LAUNCH_FERNET_KEYS", keys: text } as const;
    const { keys, warnings } = await loadMasterKeys(source);
    expect(keys.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    expect(warnings.join()).toContain("LAUNCH_FERNET_KEYS");
    const none = { ...source, keys: new Secret(" ") };
    expect(await failureOf(loadMasterKeys(none))).toMatchObject({ code: "LAUNCH_MASTER_KEY_MISSING" });
  });
});
