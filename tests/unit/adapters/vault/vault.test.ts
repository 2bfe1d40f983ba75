import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64Url } from "../../../../lib/adapters/vault/base64url.ts";
import { fernetKey, openToken, sealToken } from "../../../../lib/adapters/vault/fernet.ts";
import { generateKey, type MasterKey, parseMasterKey } from "../../../../lib/adapters/vault/master-key.ts";
import { openVault } from "../../../../lib/adapters/vault/vault.ts";
import { type KeyId, type ProxyId, parseId } from "../../../../lib/domain/ids.ts";
import type { Credential, SealedCredential } from "../../../../lib/domain/proxy/credential.ts";
import { Secret } from "../../../../lib/domain/secret.ts";
import { ConfigError } from "../../../../lib/errors.ts";
import vectors from "../../../fixtures/vault/fernet-vectors.json" with { type: "json" };

const key = (text: string): MasterKey => {
  const parsed = parseMasterKey(text);
  if (parsed === undefined) throw new Error("not a key");
  return parsed;
};
const oldKey = key(vectors.old_key);
const newKey = key(vectors.new_key);
const fra = { id: parseId<ProxyId>(vectors.proxy_id), label: "fra-1", scheme: "http" } as const;
const ams = {
  id: parseId<ProxyId>("11111111-2222-4333-8444-555555555555"),
  label: "ams-1",
  scheme: "http",
} as const;
const bob: Credential = { user: "bob", secret: new Secret("p:@%/ä") };
const plain = (credential: Credential) => [credential.user, credential.secret.reveal()];
const sealedBytes = (bytes: Buffer, by = oldKey): SealedCredential => {
  const cipher = fernetKey(decodeBase64Url(by.text.reveal()) ?? Buffer.alloc(0));
  return {
    token: sealToken(cipher, { plaintext: bytes, sealedAtSeconds: 1n }),
    keyId: by.id,
    fingerprint: "",
  };
};
const whyUnopened = (outcome: { readonly kind: string }) => {
  if (!("why" in outcome)) throw new Error(`expected it to stay shut, got ${outcome.kind}`);
  return String(outcome.why);
};
const tokenOf = (title: string): SealedCredential => {
  const token = vectors.tokens.find((vector) => vector.title === title)?.token ?? "";
  return { token, keyId: oldKey.id, fingerprint: "" };
};

describe("sealing", () => {
  test("any credential comes back for its own proxy and for no other", () => {
    const vault = openVault([newKey, oldKey]);
    const text = fc
      .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { minLength: 1, maxLength: 80 })
      .map((codes) => String.fromCharCode(...codes));
    const property = fc.property(text, text, (user, secret) => {
      const sealed = vault.seal({ user, secret: new Secret(secret) }, fra);
      const opened = vault.open(sealed, fra);
      expect(opened).toMatchObject({ kind: "opened", isLegacy: false });
      if (opened.kind === "opened") expect(plain(opened.credential)).toEqual([user, secret]);
      expect(vault.open(sealed, ams).kind).toBe("unopenable");
      expect(sealed.keyId).toBe(newKey.id);
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("a copied row is refused naming both proxies", () => {
    const vault = openVault([oldKey]);
    const why = whyUnopened(vault.open(vault.seal(bob, fra), ams));
    expect(why).toContain('"ams-1"');
    expect(why).toContain(fra.id);
    expect(whyUnopened(vault.reseal(vault.seal(bob, fra), ams))).toBe(why);
  });

  test("what Python sealed is opened, bound or legacy", () => {
    const vault = openVault([newKey, oldKey]);
    const bound = vault.open(tokenOf("bound credential"), fra);
    expect(bound).toMatchObject({ kind: "opened", isLegacy: false });
    if (bound.kind === "opened") expect(plain(bound.credential)).toEqual(["bob", "p:@%/ä"]);
    const legacy = vault.open(tokenOf("legacy credential"), ams);
    expect(legacy).toMatchObject({ kind: "opened", isLegacy: true });
    if (legacy.kind === "opened") expect(plain(legacy.credential)).toEqual(["bob", "p:@%/"]);
  });

  test("the key id is the start of SHA-256 of the 32 key bytes", () => {
    expect(oldKey.id).toBe(vectors.old_key_id);
    expect(openVault([newKey, oldKey]).keyIds).toEqual([newKey.id, oldKey.id]);
  });

  test("a vault without a key is a configuration error", () => {
    expect(() => openVault([])).toThrow(ConfigError);
  });
});

describe("what stays shut says why", () => {
  const vault = openVault([newKey]);

  test("a missing key is named beside the present ones", () => {
    const why = whyUnopened(vault.open(openVault([oldKey]).seal(bob, fra), fra));
    expect(why).toContain('"fra-1"');
    expect(why).toContain(oldKey.id);
    expect(why).toContain(newKey.id);
  });

  test("a damaged text is not blamed on a missing key", () => {
    const { token, ...rest } = vault.seal(bob, fra);
    expect(whyUnopened(vault.open({ ...rest, token: token.slice(4) }, fra))).toContain("damaged");
  });

  test("a row of the seed that no key opens names the keys that were tried", () => {
    const row = { ...tokenOf("legacy credential"), keyId: "" as KeyId };
    expect(whyUnopened(vault.open(row, fra))).toContain(newKey.id);
  });

  test.each([
    ['{"v":2,"proxy_id":"x","user":"u","pass":"p"}', "newer"],
    ['{"v":1,"user":"u","pass":"p"}', "neither"],
    ["nocolon", "neither"],
    [":pass", "neither"],
  ])("%s is not opened", (text, word) => {
    expect(whyUnopened(vault.open(sealedBytes(Buffer.from(text), newKey), fra))).toContain(word);
  });

  test("bytes that are no UTF-8 are not opened", () => {
    expect(whyUnopened(vault.open(sealedBytes(Buffer.from([0xff, 0x3a, 0xfe]), newKey), fra))).toContain(
      "neither",
    );
  });

  test("a seed's user that looks like JSON is still read", () => {
    expect(vault.open(sealedBytes(Buffer.from('{"v":"1"}:p'), newKey), fra)).toMatchObject({
      kind: "opened",
      isLegacy: true,
    });
  });
});

describe("re-sealing", () => {
  test("moves a row to the newest key, keeps its time and changes its fingerprint with the key", () => {
    const before = openVault([oldKey], () => 1_767_225_600_999).seal(bob, fra);
    const both = openVault([newKey, oldKey], () => 0);
    const outcome = both.reseal(before, fra);
    if (outcome.kind !== "sealed") throw new Error(outcome.why);
    const after = outcome.sealed;
    expect(after.keyId).toBe(newKey.id);
    const cipher = fernetKey(decodeBase64Url(vectors.new_key) ?? Buffer.alloc(0));
    expect(openToken(cipher, after.token)?.sealedAtSeconds).toBe(1_767_225_600n);
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(openVault([newKey]).open(after, fra)).toMatchObject({ kind: "opened" });
  });

  test("gives a fresh token also on the newest key", () => {
    const vault = openVault([newKey]);
    const before = vault.seal(bob, fra);
    const outcome = vault.reseal(before, fra);
    if (outcome.kind !== "sealed") throw new Error(outcome.why);
    expect(outcome.sealed.token).not.toBe(before.token);
    expect(outcome.sealed.fingerprint).toBe(before.fingerprint);
  });

  test("binds a row of the seed to its proxy", () => {
    const vault = openVault([newKey, oldKey]);
    const outcome = vault.reseal(tokenOf("legacy credential"), fra);
    if (outcome.kind !== "sealed") throw new Error(outcome.why);
    expect(vault.open(outcome.sealed, fra)).toMatchObject({ kind: "opened", isLegacy: false });
    expect(vault.open(outcome.sealed, ams).kind).toBe("unopenable");
  });
});

describe("fingerprints", () => {
  const vault = openVault([newKey, oldKey]);

  test("two proxies of one credential share theirs, whichever key sealed the row", () => {
    const rows = [vault.seal(bob, fra), vault.seal(bob, ams), openVault([oldKey]).seal(bob, ams)];
    const known = vault.fingerprints(bob, "http");
    expect(rows.every((row) => known.includes(row.fingerprint))).toBe(true);
    expect(rows[0]?.fingerprint).toBe(rows[1]?.fingerprint);
    expect(known).toHaveLength(2);
  });

  test("another scheme, user, secret, split or key gives another one", () => {
    const one = (user: string, secret: string) => ({ user, secret: new Secret(secret) });
    const seen = [
      ...vault.fingerprints(bob, "http"),
      ...vault.fingerprints(bob, "socks5"),
      ...vault.fingerprints(one("bob", "p:@%/a"), "http"),
      ...vault.fingerprints(one("bobp", ":@%/ä"), "http"),
      ...vault.fingerprints(one('bob","', "p"), "http"),
      ...vault.fingerprints(one("bob", '","p'), "http"),
    ];
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.every((print) => /^[0-9a-f]{32}$/.test(print))).toBe(true);
  });
});

describe("keys", () => {
  test("made keys are read back and are all different", () => {
    const made = Array.from({ length: 20 }, generateKey);
    expect(new Set(made.map((one) => one.id)).size).toBe(20);
    for (const one of made) expect(parseMasterKey(one.text.reveal())?.id).toBe(one.id);
  });

  test.each(["", "short", `${vectors.old_key}=`, vectors.old_key.slice(0, -1), ` ${vectors.old_key}`, "é"])(
    "%j is no key",
    (text) => {
      expect(parseMasterKey(text)).toBeUndefined();
    },
  );

  test("neither a key nor a vault nor a sealed row shows a secret when printed", () => {
    const vault = openVault([oldKey]);
    const things = [oldKey, vault, vault.seal(bob, fra), vault.open(vault.seal(bob, fra), fra)];
    const printed = things.map(
      (thing) => inspect(thing, { depth: 9, showHidden: true }) + JSON.stringify(thing),
    );
    const hex = Buffer.from(vectors.old_key, "base64url").toString("hex").slice(0, 16);
    for (const text of printed)
      for (const secret of [vectors.old_key, "p:@%/ä", hex]) expect(text).not.toContain(secret);
  });
});
