import fc from "fast-check";
import { expect, test } from "vitest";
import { generateKey } from "../../../../lib/adapters/vault/master-key.ts";
import { openText, sealText } from "../../../../lib/adapters/vault/seal-text.ts";
import { openVault } from "../../../../lib/adapters/vault/vault.ts";
import { parseSealedText, writeSealedText } from "../../../../lib/domain/alerts/sealed-text.ts";
import { type ProxyId, parseId } from "../../../../lib/domain/ids.ts";
import { Secret } from "../../../../lib/domain/secret.ts";

const [older, newer] = [generateKey(), generateKey()];

test("any text comes back from its line with the key that sealed it, and with no other", () => {
  const property = fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const line = writeSealedText(sealText(older, new Secret(text), 1));
    const sealed = parseSealedText(`${line}\n`);
    if (sealed === undefined) throw new Error(`cannot be read: ${line}`);
    expect(sealed.keyId).toBe(older.id);
    expect(openText([newer, older], sealed)).toBe(text);
    expect(openText([newer], sealed)).toBeUndefined();
  });
  fc.assert(property, { numRuns: 100 });
});

test("a credential's token and a sealed file do not open in one another's place", () => {
  const vault = openVault([older]);
  const fra = {
    id: parseId<ProxyId>("11111111-2222-4333-8444-555555555555"),
    label: "fra-1",
    scheme: "http",
  } as const;
  const credential = vault.seal({ user: "u", secret: new Secret("p") }, fra);
  expect(openText([older], { keyId: older.id, token: credential.token })).toBeUndefined();
  const { token } = sealText(older, new Secret("user:pass"), 1);
  expect(vault.open({ token, keyId: older.id, fingerprint: "" }, fra).kind).toBe("unopenable");
});

test("what is no sealed line is read as none", () => {
  for (const text of [
    "",
    "hunter2",
    "sealed:",
    "sealed:1a2b3c4d:",
    "sealed:1a2b:abc",
    "a\nsealed:1a2b3c4d:abc",
  ])
    expect(parseSealedText(text)).toBeUndefined();
});
