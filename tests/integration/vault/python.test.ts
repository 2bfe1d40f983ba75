import { spawnSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fernetKey, openTokenWithAny, sealToken } from "../../../lib/adapters/vault/fernet.ts";
import { bytesOfKey, generateKey, type MasterKey } from "../../../lib/adapters/vault/master-key.ts";
import { openVault } from "../../../lib/adapters/vault/vault.ts";
import { type ProxyId, parseId } from "../../../lib/domain/ids.ts";
import { Secret } from "../../../lib/domain/secret.ts";

interface Job {
  readonly keys: readonly MasterKey[];
  readonly open?: readonly string[];
  readonly seal?: readonly Buffer[];
  readonly rotate?: readonly string[];
}
interface Answer {
  readonly opened: readonly ({ readonly plaintext: string; readonly time: number } | null)[];
  readonly sealed: readonly string[];
  readonly rotated: readonly string[];
}

// Debian's own Python: the one that finds python3-cryptography, whatever else stands first in PATH.
const python = "/usr/bin/python3";
const peer = join(import.meta.dirname, "../../fixtures/vault/fernet-peer.py");
const hasPython = spawnSync(python, ["-c", "import cryptography.fernet"]).status === 0;
const isCi = process.env["CI"] === "true";
if (!hasPython && !isCi)
  process.stderr.write("skipped: Fernet against Python (apt-get install python3-cryptography)\n");

const [newKey, oldKey] = [generateKey(), generateKey()] as const;
const payloads = Array.from({ length: 250 }, (_, index) =>
  randomBytes(index < 40 ? index : randomInt(2_000)),
);
const proxy = {
  id: parseId<ProxyId>("7f3f4c1e-0d3c-4a57-9d0e-4a8d6c9b1f20"),
  label: "fra-1",
  scheme: "http",
} as const;

// Missing Python is a failure where the tests are the gate, and a loud skip on a workstation.
describe.skipIf(!hasPython && !isCi)("Python's cryptography", () => {
  test("opens every payload that we seal, and reads its time", () => {
    const cipher = fernetKey(bytesOfKey(oldKey));
    const open = payloads.map((plaintext, index) =>
      sealToken(cipher, { plaintext, sealedAtSeconds: BigInt(1_700_000_000 + index) }),
    );
    const expected = payloads.map((plaintext, index) => ({
      plaintext: plaintext.toString("base64"),
      time: 1_700_000_000 + index,
    }));
    expect(ask({ keys: [newKey, oldKey], open }).opened).toEqual(expected);
    expect(ask({ keys: [newKey], open }).opened).toEqual(payloads.map(() => null));
  });

  test("seals payloads that we open, each with the key that it used", () => {
    const keys = [newKey, oldKey].map((key) => fernetKey(bytesOfKey(key)));
    const { sealed } = ask({ keys: [oldKey, newKey], seal: payloads });
    const opened = sealed.map((token) => openTokenWithAny(keys, token));
    expect(opened.map((content) => content?.plaintext)).toEqual(payloads);
    expect(new Set(opened.map((content) => content?.keyIndex))).toEqual(new Set([1]));
  });

  test("rotates our tokens to the new key as we do, and its rotated tokens keep their time", () => {
    const tokens = payloads.map((plaintext) =>
      sealToken(fernetKey(bytesOfKey(oldKey)), { plaintext, sealedAtSeconds: 1_700_000_000n }),
    );
    const { rotated } = ask({ keys: [newKey, oldKey], rotate: tokens });
    const opened = rotated.map((token) => openTokenWithAny([fernetKey(bytesOfKey(newKey))], token));
    expect(opened.map((content) => content?.plaintext)).toEqual(payloads);
    expect(opened.every((content) => content?.sealedAtSeconds === 1_700_000_000n)).toBe(true);
  });

  test("reads what the vault seals and re-seals, as JSON bound to the proxy, with the first sealing time", () => {
    const credential = { user: "bob", secret: new Secret("p:@%/ ä") };
    const before = openVault([oldKey], () => 1_700_000_000_000).seal(credential, proxy);
    const after = openVault([newKey, oldKey]).reseal(before, proxy);
    if (after.kind !== "sealed") throw new Error(after.why);
    const { opened } = ask({ keys: [newKey], open: [after.sealed.token, before.token] });
    expect(opened[0]?.time).toBe(1_700_000_000);
    expect(JSON.parse(Buffer.from(opened[0]?.plaintext ?? "", "base64").toString())).toEqual({
      v: 1,
      proxy_id: proxy.id,
      user: "bob",
      pass: "p:@%/ ä",
    });
    expect(opened[1]).toBeNull();
  });

  test("a row of the Python code base opens here, is told apart and is bound when re-sealed", () => {
    const { sealed } = ask({ keys: [oldKey], seal: [Buffer.from("bob:p:@%/")] });
    const vault = openVault([newKey, oldKey]);
    const row = { token: sealed[0] ?? "", keyId: oldKey.id, fingerprint: "" };
    expect(vault.open(row, proxy)).toMatchObject({ kind: "opened", isLegacy: true });
    const after = vault.reseal(row, proxy);
    if (after.kind !== "sealed") throw new Error(after.why);
    expect(vault.open(after.sealed, proxy)).toMatchObject({ kind: "opened", isLegacy: false });
  });
});

// Keys and payloads go through stdin: test or not, a key never stands in argv.
function ask(job: Job): Answer {
  const input = JSON.stringify({
    keys: job.keys.map((key) => key.text.reveal()),
    open: job.open ?? [],
    seal: (job.seal ?? []).map((bytes) => bytes.toString("base64")),
    rotate: job.rotate ?? [],
  });
  const { status, stdout, stderr } = spawnSync(python, [peer], { input, maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`the Python peer failed: ${stderr?.toString() ?? "no Python"}`);
  return JSON.parse(stdout.toString()) as Answer;
}
