import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { parseWitnessBody } from "../../../lib/adapters/exit-witness/witness-body.ts";
import { parseWitnessUrl } from "../../../lib/adapters/exit-witness/witness-url.ts";
import { fernetKey, openToken } from "../../../lib/adapters/vault/fernet.ts";
import { readKeys, withNewKey, withoutKey } from "../../../lib/adapters/vault/key-text.ts";
import { parseMasterKey } from "../../../lib/adapters/vault/master-key.ts";
import { decodePlaintext } from "../../../lib/adapters/vault/sealed-plaintext.ts";
import { parseEnvFile } from "../../../lib/config/sources/env-file.ts";
import { parseProxyEndpointUrl } from "../../../lib/domain/proxy-list/proxy-endpoint-url.ts";
import { readProxyList } from "../../../lib/domain/proxy-list/read-proxy-list.ts";
import { ConfigError, UsageError } from "../../../lib/errors.ts";
import { fuzzed, fuzzedLess, longTexts, textOf } from "../../support/fuzz/fuzz.ts";
import { refusalOf } from "../../support/fuzz/refusal-of.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a list of proxies", () => {
  const secret = "hunter2-never-to-be-shown";
  const lists = textOf([
    "gw.example:8001",
    `gw.example:8001:user:${secret}`,
    `http://user:${secret}@gw.example:8001`,
    `socks5://user:${secret}@[2001:db8::1]:1080`,
    "host,port,user,password\n",
    `203.0.113.7,8080,user,${secret}\n`,
    "sep=;\n",
    "# a comment\n",
    '[{"host":"gw.example","port":8001}]',
    `{"results":[{"proxy_address":"203.0.113.7","port":8001,"username":"u","password":"${secret}"}]}`,
    "<!doctype html>",
  ]);

  test("is read, whatever it holds, into at most an entry and a few notes a line, and no note shows a password", () => {
    fc.assert(
      fc.property(lists, (text) => {
        const { entries, problems, warnings } = readProxyList(text);
        const most = text.split(/[\r\n]/).length + (text.match(/[{[]/g)?.length ?? 0);
        expect(entries.length).toBeLessThanOrEqual(most);
        expect(problems.length + warnings.length).toBeLessThanOrEqual(12 * most);
        expect(JSON.stringify([problems, warnings])).not.toContain(secret);
      }),
      fuzzed,
    );
  });

  test("is read to its end when it is long", () => {
    for (const text of longTexts) readProxyList(text.slice(0, 8_192));
  });

  test("as one endpoint is read or refused as declared, without the text", () => {
    fc.assert(
      fc.property(lists, (text) => {
        const error = refusalOf(UsageError, () => parseProxyEndpointUrl(text));
        expect(error?.message ?? "").not.toContain(secret);
      }),
      fuzzed,
    );
    for (const text of longTexts) refusalOf(UsageError, () => parseProxyEndpointUrl(text));
  });
});

test("the answer of a witness is an address or unusable for a reason, whatever it holds", () => {
  const bodies = textOf([
    "203.0.113.7",
    "2001:db8::7",
    '{"ip":"203.0.113.7"}',
    '{"ip":',
    "ip=203.0.113.7\n",
    "<html>",
    "country",
    '{"__proto__":{"ip":"203.0.113.7"}}',
    "[".repeat(3_000),
  ]);
  fc.assert(
    fc.property(fc.oneof(bodies, fc.json()), (text) => {
      const body = parseWitnessBody(text);
      if (body.kind === "unusable") expect(body.why).not.toBe("");
      else expect(text.toLowerCase()).toContain(body.ip.split(/[.:]/)[0]);
    }),
    fuzzed,
  );
  for (const text of longTexts) parseWitnessBody(text.slice(0, 4_096));
});

test("the address of a witness is a plain http or https URL or none", () => {
  fc.assert(
    fc.property(textOf(["https://w.test/ip", "http://[::1]:80", "u:p@", "?a#b", "//", "file:"]), (text) => {
      const target = parseWitnessUrl(text);
      if (target !== undefined) expect(target.port).toBeLessThan(65_536);
    }),
    fuzzed,
  );
});

test("a key file is read or refused as declared, without a word of it, and a key added is taken away again", () => {
  const keyText = (filler: number) => `${Buffer.alloc(32, filler).toString("base64url")}=`;
  const key = parseMasterKey(keyText(1));
  if (key === undefined) throw new Error("32 bytes are no key");
  const files = textOf([keyText(3), `${keyText(4)}\n`, "# a comment\n", "not-a-key-but-secret", "=\n"]);
  fc.assert(
    fc.property(files, (text) => {
      const error = refusalOf(ConfigError, () => readKeys(text, "the key file"));
      expect(`${error?.message} ${error?.hint}`).not.toContain("not-a-key-but-secret");
      expect(withoutKey(withNewKey(text, key), key)).not.toContain(keyText(1));
      parseMasterKey(text);
    }),
    fuzzed,
  );
});

test("a sealed token that is not ours opens to nothing", () => {
  const key = fernetKey(Buffer.alloc(32, 7));
  fc.assert(
    fc.property(fc.oneof(fc.base64String(), fc.string(), textOf(["gAAAAA", "==", "-_"])), (text) => {
      expect(openToken(key, text)).toBeUndefined();
      decodePlaintext(Buffer.from(text));
    }),
    fuzzed,
  );
});

test("a file of variables is read or refused as declared, and no name is given twice in silence", () => {
  const path = join(folder, "variables.env");
  const files = textOf([
    "A=1\n",
    "A=2\n",
    "B='x\n",
    "export C=3\n",
    '"',
    "'",
    "`",
    "#",
    "LAUNCH_DATABASE_URL=postgres://u:p@h/d\n",
  ]);
  fc.assert(
    fc.property(files, (text) => {
      writeFileSync(path, text);
      refusalOf(ConfigError, () => parseEnvFile(path));
    }),
    fuzzedLess,
  );
  for (const text of longTexts) {
    writeFileSync(path, text);
    refusalOf(ConfigError, () => parseEnvFile(path));
  }
});
