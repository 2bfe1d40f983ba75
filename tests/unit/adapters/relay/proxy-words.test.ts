import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWords } from "../../../../lib/adapters/relay/outbound/proxy-words.ts";
import { bodyText } from "../../../../lib/adapters/relay/outbound/refusal-body.ts";
import { takeAnswer } from "../../../../lib/adapters/relay/wire/connect-answer.ts";
import { Secret } from "../../../../lib/domain/secret.ts";

const credential = { user: "brd-customer-1", secret: new Secret("s3cret/+ü") };

function words(headers: readonly string[], body = "") {
  const text = `HTTP/1.1 403 x\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`;
  const head = takeAnswer(Buffer.from(text, "utf8"))?.value;
  if (head === undefined) throw new Error("no head");
  return readWords(head, body, credential);
}

describe("the reason of a refusal", () => {
  test.each([
    [
      ["x-brd-err-code: policy_20050", "x-brd-err-msg: target site blocked"],
      "policy_20050: target site blocked",
    ],
    [["X-Luminati-Error: Wrong customer"], "Wrong customer"],
    [["X-Error-Description: Restricted target"], "Restricted target"],
    [["X-Squid-Error: ERR_ACCESS_DENIED 0"], "ERR_ACCESS_DENIED 0"],
    [["X-Vendor-Error-Code: 12"], "12"],
    [
      ['Proxy-Status: gw; error=http_request_denied; details="client-10060: no"'],
      "http_request_denied: client-10060: no",
    ],
    [['Proxy-Status: far; error=dns_error, near; error="connection_timeout"'], "connection_timeout"],
    [["Retry-After: 30"], "it asks to wait 30 s"],
    [["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], "it asks to wait until 2026-10-21T07:28:00.000Z"],
    [["Retry-After: Wednesday, 21-Oct-26 07:28:00 GMT"], "it asks to wait until 2026-10-21T07:28:00.000Z"],
    [["Retry-After: soon"], ""],
    [["Retry-After: -5"], ""],
    [["Retry-After: x 5"], ""],
    [
      ['Proxy-Status: gw; error=connection_timeout; details="a, b; error=x"'],
      "connection_timeout: a, b; error=x",
    ],
    [["Server: x", "Via: 1.1 err.example"], ""],
  ])("is read from %j", (headers, why) => {
    expect(words(headers).why).toBe(why);
  });

  test.each([
    ["IP not allowed\nsecond line", "IP not allowed"],
    ["\r\n  <!doctype html><html><head><title>Access denied</title>", "Access denied"],
    ["<HTML><BODY><H1>Blocked</H1>", "Blocked"],
    ["1f\r\nplan expired\r\n0\r\n", "plan expired"],
    ["<html><body><p>", ""],
    ['{"error":{"code":12,"message":"Traffic limit reached"}}', "Traffic limit reached"],
    ['{\n  "code": 1234,\n  "message": "IP not listed"\n}', "IP not listed"],
    ['2f\r\n{"errors":[{"detail":"plan expired"}]}\r\n0\r\n', "plan expired"],
    ['{"code":12}', '{"code":12}'],
    ['{"message":"cut o', '{"message":"cut o'],
    ["", ""],
  ])("is the first line of the body %j where no header names one", (body, why) => {
    expect(words([], body).why).toBe(why);
  });

  test("tells the type of RFC 9209 apart from its words", () => {
    expect(words(["Proxy-Status: gw; error=destination_ip_prohibited"]).errorType).toBe(
      "destination_ip_prohibited",
    );
    expect(words(["Proxy-Status: gw; received-status=403"]).errorType).toBeUndefined();
  });

  test("repeats no credential in any spelling, no control character, and no page", () => {
    const pair = Buffer.from("brd-customer-1:s3cret/+ü").toString("base64");
    for (const text of ["brd-customer-1", "s3cret/+ü", encodeURIComponent("s3cret/+ü"), pair]) {
      const { why } = words([`X-Error: bad ${text} here`]);
      expect(why).toBe("bad [credential] here");
    }
    const { why } = words([], `a\u0007b\u202e ${"x".repeat(5_000)}`);
    expect([why.length < 200, /\p{C}/u.test(why)]).toEqual([true, false]);
  });

  test("repeats no credential that the gateway wrote in another spelling", () => {
    const plain = `p&"s\\'<1> /+ö😀`;
    const own = { user: "cust-1", secret: new Secret(plain) };
    const base64 = Buffer.from(`${own.user}:${plain}`).toString("base64");
    const url = encodeURIComponent(plain);
    for (const text of [
      plain,
      url,
      url.toLowerCase(),
      url.replaceAll("%20", "+"),
      "p&amp;&quot;s\\&#39;&lt;1&gt; /+&#246;&#x1F600;",
      "p&amp;&#34;s&#92;&apos;&lt;1&gt; &#x2f;+ö😀",
      JSON.stringify(plain).slice(1, -1),
      JSON.stringify(JSON.stringify(plain).slice(1, -1)).slice(1, -1),
      'p\\u0026\\"s\\\\\\u0027\\u003C1\\u003e \\/+\\u00f6\\ud83d\\uDE00',
      Buffer.from(plain).toString("latin1"),
      base64,
      base64.replace(/=+$/, ""),
      Buffer.from(base64, "base64").toString("base64url"),
      Buffer.from(plain).toString("base64"),
    ]) {
      const { why } = readWords(
        { status: 403, reason: "", headers: new Map([["x-error", [`bad ${text} here`]]]) },
        "",
        own,
      );
      expect(why, text).toBe("bad [credential] here");
    }
  });

  test("comes to an end also where secret and answer are backslashes", () => {
    const own = { user: "a", secret: new Secret(`${"\\".repeat(40)}"x`) };
    const text = "\\".repeat(2_000);
    expect(
      readWords({ status: 403, reason: "", headers: new Map([["x-error", [text]]]) }, "", own).why,
    ).toHaveLength(161);
  });

  test("of any bytes is short, plain and without the secret", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (header, body) => {
        const value = header.replaceAll(/[\r\n\0]/g, "");
        const { why } = words([`X-Err: ${value}s3cret/+ü`], body);
        expect(why.length).toBeLessThan(250);
        expect(why).not.toMatch(/s3cret|\p{C}/u);
      }),
    );
  });
});

describe("the body of a refusal", () => {
  const of = (headers: readonly string[], bytes: Buffer) => {
    const text = `HTTP/1.1 403 x\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`;
    const head = takeAnswer(Buffer.from(text, "latin1"))?.value;
    return head === undefined ? undefined : bodyText(head, bytes);
  };

  test.each([
    ["UTF-8", [], Buffer.from("für"), "für"],
    ["UTF-8 that was cut", [], Buffer.from("für").subarray(0, 2), "f"],
    ["an older encoding that nobody named", [], Buffer.from("für", "latin1"), "für"],
    ["a named encoding", ["Content-Type: text/html; charset=windows-1251"], Buffer.from([0xcf, 0xf0]), "Пр"],
    ["one in quotes", ['Content-Type: text/plain;charset="GBK"'], Buffer.from([0xbd, 0xfb]), "禁"],
    ["one that nobody knows", ["Content-Type: text/plain; charset=x-own"], Buffer.from("no"), "no"],
    ["UTF-16 with its mark", [], Buffer.from("\uFEFFno", "utf16le"), "no"],
    ["UTF-16 without a mark", [], Buffer.from("nono", "utf16le"), "nono"],
    ["UTF-16 of the other order", [], Buffer.from("nono", "utf16le").swap16(), "nono"],
    ["what is compressed", ["Content-Encoding: GZIP"], Buffer.from("abc"), ""],
    ["what is compressed and does not say so", [], Buffer.from([0x1f, 0x8b, 8, 0]), ""],
  ])("is read where it is %s", (_what, headers, bytes, text) => {
    expect(of(headers, bytes)).toBe(text);
  });
});

test("the schemes of a challenge are told from its parameters", () => {
  const of = (...values: string[]) => words(values.map((value) => `Proxy-Authenticate: ${value}`)).schemes;
  expect(of('Digest realm="x", nonce="abc", qop="auth,auth-int", algorithm=MD5')).toEqual(["Digest"]);
  expect(of("NTLM", "Negotiate")).toEqual(["NTLM", "Negotiate"]);
  expect(of('Digest realm="a, Basic b", Basic realm="c"')).toEqual(["Digest", "Basic"]);
  expect(of("NTLM, basic")).toEqual(["NTLM", "basic"]);
  expect(of("Negotiate TlRMTVNTUAACAAAA==")).toEqual(["Negotiate"]);
  expect(of()).toEqual([]);
});
