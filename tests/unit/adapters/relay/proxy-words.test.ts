import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWords } from "../../../../lib/adapters/relay/outbound/proxy-words.ts";
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
    [["Retry-After: soon"], ""],
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

test("the schemes of a challenge are told from its parameters", () => {
  const of = (...values: string[]) => words(values.map((value) => `Proxy-Authenticate: ${value}`)).schemes;
  expect(of('Digest realm="x", nonce="abc", qop="auth,auth-int", algorithm=MD5')).toEqual(["Digest"]);
  expect(of("NTLM", "Negotiate")).toEqual(["NTLM", "Negotiate"]);
  expect(of('Digest realm="a, Basic b", Basic realm="c"')).toEqual(["Digest", "Basic"]);
  expect(of("NTLM, basic")).toEqual(["NTLM", "basic"]);
  expect(of("Negotiate TlRMTVNTUAACAAAA==")).toEqual(["Negotiate"]);
  expect(of()).toEqual([]);
});
