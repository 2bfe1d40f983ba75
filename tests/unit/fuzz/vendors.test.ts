import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readBotFrame } from "../../../lib/adapters/bot-channel/bot-frames.ts";
import { readWords } from "../../../lib/adapters/relay/outbound/proxy-words.ts";
import { takeAnswer } from "../../../lib/adapters/relay/wire/connect-answer.ts";
import { readSeedAssignment, readSeedProxy } from "../../../lib/adapters/store/seed-rows.ts";
import { readAuthority } from "../../../lib/cli/parse/authority-file.ts";
import { parseInstant } from "../../../lib/domain/proxy/instant-text.ts";
import { readProxyMetadata } from "../../../lib/domain/proxy/proxy-metadata.ts";
import { readProxyList } from "../../../lib/domain/proxy-list/read-proxy-list.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { decodeText } from "../../../lib/domain/text/decode-text.ts";
import { parseJsonText } from "../../../lib/domain/text/json-text.ts";
import { findUnseen } from "../../../lib/domain/text/unseen.ts";
import { UsageError } from "../../../lib/errors.ts";
import { fuzzed, fuzzedLess, longTexts, textOf } from "../../support/fuzz/fuzz.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Values as JSON gives them; objects have the names that a value needs to become a text. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom("toString", "valueOf", "length", "__proto__", "then"), fc.jsonValue()),
);
const known = fc.constantFrom(
  "v",
  "asn",
  "country",
  "provider",
  "expected_ip",
  "entry_ip",
  "expires_at",
  "protocols",
  "shared",
  "auto_renew",
  "tags",
  "pin",
  "cost",
  "password",
  "city",
  "toString",
  "__proto__",
  "note",
);
const deep = JSON.parse(`${'{"a":'.repeat(6_000)}1${"}".repeat(6_000)}`) as object;

describe("what a vendor says of a proxy", () => {
  test("as facts is kept, put right or refused by name, whatever it is", () => {
    fc.assert(
      fc.property(fc.dictionary(known, value), (given) => {
        const { facts, problems, warnings } = readProxyMetadata(given);
        expect(problems.length + warnings.length).toBeLessThanOrEqual(Object.keys(given).length);
        expect(facts.expiresAt === undefined || Number.isFinite(facts.expiresAt)).toBe(true);
      }),
      fuzzed,
    );
    readProxyMetadata({ cost: deep });
  });

  test("as rows of a list of its own form is read or refused by line", () => {
    const field = fc.oneof(
      fc.constantFrom(
        "host",
        "ip",
        "port",
        "user",
        "username",
        "password",
        "protocol",
        "proxy",
        "label",
        "country",
        "auth",
      ),
      known,
    );
    const row = fc.dictionary(field, fc.oneof(value, fc.constantFrom("gw.example", 8001, "8001", "http")));
    fc.assert(
      fc.property(
        fc.oneof(fc.array(row), fc.dictionary(fc.constantFrom("results", "data", "items"), fc.array(row))),
        (list) => {
          const { entries, problems } = readProxyList(JSON.stringify(list));
          expect(entries.length + problems.length).toBeLessThanOrEqual(10_000);
        },
      ),
      fuzzedLess,
    );
  });

  test("as rows of an earlier program's tables is adopted or refused in words", () => {
    const row = fc.dictionary(
      fc.constantFrom(
        "id",
        "proxy_id",
        "account_id",
        "label",
        "endpoint_url",
        "credentials_encrypted",
        "metadata",
        "priority",
        "status",
        "is_active",
      ),
      fc.oneof(value, fc.constantFrom("http://gw.example:8001", "alice", "p1", "1e99", -1, "active")),
    );
    fc.assert(
      fc.property(row, (columns) => {
        readSeedProxy(columns);
        const read = readSeedAssignment(columns);
        if (typeof read !== "string") expect(Math.abs(read.priority)).toBeLessThan(2 ** 31);
      }),
      fuzzed,
    );
  });

  test("as the words of a refusal is short, plain and without the credential", () => {
    const credential = { user: "user-1", secret: new Secret("hunter2/%+") };
    const heads = textOf([
      "HTTP/1.1 407 No\r\n",
      'Proxy-Authenticate: Digest realm="a, b", Basic realm=x\r\n',
      'Proxy-Status: gw; error=dns_error; details="hunter2/%+ for user-1"\r\n',
      "x-brd-err-msg: hunter2%2F%25%2B\r\n",
      "Retry-After: 99999999999999\r\n",
      "Retry-After: Mon\r\n",
      "\r\n\r\n",
      "<title>user-1</title>",
      "1f\r\n",
    ]);
    fc.assert(
      fc.property(heads, heads, (text, body) => {
        const taken = takeAnswer(Buffer.from(`HTTP/1.1 403 No\r\n${text}\r\n\r\n`, "latin1"));
        if (taken?.value === undefined) return;
        const { why } = readWords(taken.value, body, credential);
        expect(why).not.toMatch(/hunter2|user-1|\p{Cc}/u);
        expect(why.length).toBeLessThan(260);
      }),
      fuzzed,
    );
    for (const text of longTexts)
      readWords(
        { status: 403, reason: text, headers: new Map([["proxy-status", [text]]]) },
        text,
        credential,
      );
  });
});

describe("texts that people and programs give", () => {
  test("are decoded or refused by what they are, whatever the bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      textOf(["\uFEFF", "a\n", "\u200B", "%PDF-1", "PK\u0003\u0004"]).chain((text) =>
        fc
          .constantFrom("utf8", "utf16le", "latin1")
          .map((encoding) => Buffer.from(text, encoding as BufferEncoding)),
      ),
    );
    fc.assert(
      fc.property(bytes, (all) => {
        const read = decodeText(all);
        if (read.kind === "refused") expect(read.what).not.toBe("");
        else findUnseen(read.text);
      }),
      fuzzed,
    );
  });

  test("are JSON for us exactly when they are for JSON.parse, but for depth, and mean the same", () => {
    const texts = fc.oneof(
      fc.json(),
      textOf(["{", "}", '"a":', "[1,", "]", "-0", "1e9", '"\\u0041"', "tru", '{"a":1,"a":2}']),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const read = parseJsonText(text);
        if ("value" in read) expect(read.value).toEqual(JSON.parse(text));
        else if (!read.what.includes("deeper")) expect(() => JSON.parse(text)).toThrow(SyntaxError);
      }),
      fuzzed,
    );
    for (const text of longTexts) parseJsonText(text);
  });

  test("are instants that a clock can show, or none", () => {
    fc.assert(
      fc.property(textOf(["2026-05-01", "T12:00:00Z", "+99:99", "-000001", "Mon"]), (text) => {
        const read = parseInstant(text);
        if (read !== undefined) expect(new Date(read).toISOString()).toMatch(/^\d/);
      }),
      fuzzed,
    );
  });

  test("are certificates of an authority, or refused as declared, and never a key", async () => {
    const files = textOf([
      "-----BEGIN CERTIFICATE-----\n",
      "-----END CERTIFICATE-----\n",
      "-----BEGIN PRIVATE KEY-----\nhunter2\n",
      "MIIB",
      "=",
    ]);
    const path = join(folder, "ca.pem");
    await fc.assert(
      fc.asyncProperty(files, async (text) => {
        writeFileSync(path, text);
        const error = await readAuthority(path).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(UsageError);
        expect(String(error)).not.toContain("hunter2");
      }),
      fuzzedLess,
    );
  });
});

test("a report or an answer that a bot tells of is whole, or refused", () => {
  const fields = fc.dictionary(
    fc.constantFrom("what", "venue", "until", "why", "items", "id", "lagMs", "answer"),
    fc.oneof(
      value,
      fc.constantFrom("burned", "rate_limited", "binance", -1, 8.64e15, "2026-05-01T00:00:00Z"),
      fc.array(fc.dictionary(fc.constantFrom("host", "status", "at", "signed", "n", "headers"), value), {
        maxLength: 3,
      }),
    ),
  );
  fc.assert(
    fc.property(
      fc.constantFrom("report", "answers", "switch-ready", "heartbeat", "exit-check"),
      fields,
      (type, rest) => {
        readBotFrame({ ...rest, type }, 7);
      },
    ),
    fuzzedLess,
  );
});
