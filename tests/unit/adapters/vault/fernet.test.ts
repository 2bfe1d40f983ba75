import { createCipheriv, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "../../../../lib/adapters/vault/base64url.ts";
import { fernetKey, openToken, openTokenWithAny, sealToken } from "../../../../lib/adapters/vault/fernet.ts";
import vectors from "../../../fixtures/vault/fernet-vectors.json" with { type: "json" };

const keyFrom = (text: string) => {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined) throw new Error("not a key");
  return fernetKey(bytes);
};
const oldKey = keyFrom(vectors.old_key);
const newKey = keyFrom(vectors.new_key);
const sealedAtSeconds = 1_767_225_600n;

describe("vectors made with Python's cryptography", () => {
  test.each(vectors.tokens)("$title: the same token is written and read", (vector) => {
    const content = {
      plaintext: Buffer.from(vector.plaintext, "base64"),
      sealedAtSeconds: BigInt(vector.time),
    };
    expect(sealToken(oldKey, content, Buffer.from(vector.iv, "hex"))).toBe(vector.token);
    expect(openToken(oldKey, vector.token)).toEqual(content);
  });

  test("a token that MultiFernet rotated opens with the new key and keeps its time", () => {
    expect(openToken(oldKey, vectors.rotated.after)).toBeUndefined();
    const opened = openTokenWithAny([oldKey, newKey], vectors.rotated.after);
    expect(opened).toMatchObject({ keyIndex: 1, sealedAtSeconds: BigInt(vectors.rotated.time) });
  });
});

describe("what is not a token", () => {
  test("no single flipped bit of a token is accepted", () => {
    const token = sealToken(oldKey, { plaintext: Buffer.from("bob:hunter2"), sealedAtSeconds });
    const bytes = Buffer.from(token, "base64url");
    const accepted = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const flipped = Buffer.from(bytes);
      const at = bit >> 3;
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (bit & 7)), at);
      return openToken(oldKey, encodeBase64Url(flipped));
    }).filter((content) => content !== undefined);
    expect(accepted).toEqual([]);
    expect(openToken(oldKey, token)).toBeDefined();
  });

  test("no single changed, dropped or added character of a token is accepted", () => {
    const token = sealToken(oldKey, { plaintext: Buffer.from("bob:hunter2"), sealedAtSeconds });
    const place = fc.nat(token.length - 1);
    const character = fc.constantFrom(...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)));
    const property = fc.property(place, character, (at, other) => {
      const texts = [
        token.slice(0, at) + other + token.slice(at + 1),
        token.slice(0, at) + token.slice(at + 1),
        token.slice(0, at) + other + token.slice(at),
        token + other,
      ];
      return texts.every((text) => text === token || openToken(oldKey, text) === undefined);
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("a token written in any but the one canonical way is refused", () => {
    const token = sealToken(oldKey, { plaintext: Buffer.from("x"), sealedAtSeconds });
    const others = ["", "=", "gAAAAA==", token.replace(/=*$/, ""), `${token}\n`, ` ${token}`, `${token}=`];
    expect(others.filter((text) => openToken(oldKey, text) !== undefined)).toEqual([]);
    expect(openToken(newKey, token)).toBeUndefined();
  });

  test("an authentic token of another version, block size or padding is refused", () => {
    const head = Buffer.alloc(25);
    head[0] = 0x80;
    const authentic = (signed: Buffer) =>
      encodeBase64Url(Buffer.concat([signed, createHmac("sha256", oldKey.signing).update(signed).digest()]));
    const block = (last: number) => {
      const cipher = createCipheriv("aes-128-cbc", oldKey.encryption, Buffer.alloc(16)).setAutoPadding(false);
      return cipher.update(Buffer.alloc(16, last));
    };
    const whole = Buffer.concat([head, block(16)]);
    expect(openToken(oldKey, authentic(whole))?.plaintext).toHaveLength(0);
    const otherVersion = Buffer.from(whole);
    otherVersion[0] = 0x81;
    const wrong = [otherVersion, head, whole.subarray(0, -1), Buffer.concat([head, block(17)])];
    expect(wrong.filter((bytes) => openToken(oldKey, authentic(bytes)) !== undefined)).toEqual([]);
  });
});

test("any bytes come back as they were, with their time, and only with their key", () => {
  const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const property = fc.property(fc.uint8Array({ maxLength: 300 }), time, (bytes, at) => {
    const content = { plaintext: Buffer.from(bytes), sealedAtSeconds: at };
    const token = sealToken(oldKey, content);
    expect(openTokenWithAny([newKey, oldKey], token)).toEqual({ ...content, keyIndex: 1 });
    expect(openToken(newKey, token)).toBeUndefined();
  });
  fc.assert(property, { numRuns: 200 });
});

test("the same content never makes the same token twice", () => {
  const content = { plaintext: Buffer.from("x"), sealedAtSeconds };
  expect(new Set(Array.from({ length: 50 }, () => sealToken(oldKey, content))).size).toBe(50);
});

interface SpecVector {
  readonly token: string;
  readonly secret: string;
  readonly src: string;
  readonly now: string;
  readonly iv: readonly number[];
  readonly desc: string;
}
const specFolder = process.env["FERNET_SPEC_FOLDER"];
const readSpec = (name: string) =>
  JSON.parse(readFileSync(`${specFolder}/${name}.json`, "utf8")) as readonly SpecVector[];

// The vectors of github.com/fernet/spec are not part of this repository: FERNET_SPEC_FOLDER names a checkout of them.
describe.skipIf(specFolder === undefined)("vectors of the Fernet specification", () => {
  const staleOnly = ["far-future TS (unacceptable clock skew)", "expired TTL"];

  test("generate and verify agree", () => {
    for (const { secret, src, iv, now, token } of readSpec("generate")) {
      const content = { plaintext: Buffer.from(src), sealedAtSeconds: BigInt(Date.parse(now) / 1000) };
      expect(sealToken(keyFrom(secret), content, Buffer.from(iv))).toBe(token);
    }
    for (const { secret, src, token } of readSpec("verify"))
      expect(openToken(keyFrom(secret), token)?.plaintext.toString()).toBe(src);
  });

  test("every invalid token is refused but the two that are only stale, for nothing at rest expires", () => {
    const opened = readSpec("invalid").filter(({ secret, token }) => openToken(keyFrom(secret), token));
    expect(opened.map(({ desc }) => desc).sort()).toEqual(staleOnly.sort());
  });
});
