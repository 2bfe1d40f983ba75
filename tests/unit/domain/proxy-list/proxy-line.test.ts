import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAuthority, formatEndpoint } from "../../../../lib/domain/proxy/proxy-endpoint.ts";
import { type LineForm, readProxyLine } from "../../../../lib/domain/proxy-list/proxy-line.ts";

const read = (text: string, form?: LineForm) => {
  const reading = readProxyLine(text, { scheme: "http", form });
  if (reading.kind === "refused") return reading.what;
  const { endpoint, login } = reading;
  const where = formatEndpoint(endpoint);
  return login === undefined ? [where] : [where, login.user, login.secretText];
};

describe("an entry is read in the one form in which it is a proxy", () => {
  test.each<[string, string[]]>([
    ["gw.example:8001", ["http://gw.example:8001"]],
    ["203.0.113.9:8001", ["http://203.0.113.9:8001"]],
    ["[2001:db8::1]:8001", ["http://[2001:db8::1]:8001"]],
    ["http://gw.example:8001", ["http://gw.example:8001"]],
    ["HTTPS://GW.Example:8443/", ["https://gw.example:8443"]],
    ["socks5h://gw.example:1080", ["socks5://gw.example:1080"]],
    ["http://bob:pw@gw.example:8001", ["http://gw.example:8001", "bob", "pw"]],
    ["http://bob@gw.example:8001", ["http://gw.example:8001", "bob", ""]],
    ["http://bob:p%40%3A%2F%25@gw.example:8001", ["http://gw.example:8001", "bob", "p@:/%"]],
    ["http://bob:p@:/%@gw.example:8001", ["http://gw.example:8001", "bob", "p@:/%"]],
    ["http://bob:8001/x@gw.example:8001", ["http://gw.example:8001", "bob", "8001/x"]],
    ["http://bob:100%@gw.example:8001", ["http://gw.example:8001", "bob", "100%"]],
    ["http://0:2001%3Adb8%3A%3A1@gw:80", ["http://gw:80", "0", "2001:db8::1"]],
    ["socks5://bob:pw@[2001:db8::1]:1080", ["socks5://[2001:db8::1]:1080", "bob", "pw"]],
    ["gw.example:8001:bob:pw", ["http://gw.example:8001", "bob", "pw"]],
    ["gw.example:8001:bob:p:@%/", ["http://gw.example:8001", "bob", "p:@%/"]],
    ["gw.example:8001:bob:p%40", ["http://gw.example:8001", "bob", "p%40"]],
    ["gw.example:8001:me@mail.example:pw", ["http://gw.example:8001", "me@mail.example", "pw"]],
    ["[2001:db8::1]:8001:bob:p:w", ["http://[2001:db8::1]:8001", "bob", "p:w"]],
    ["bob:pw@gw.example:8001", ["http://gw.example:8001", "bob", "pw"]],
    ["bob:p:@/w@gw.example:8001", ["http://gw.example:8001", "bob", "p:@/w"]],
    ["bob:100%@gw.example:8001", ["http://gw.example:8001", "bob", "100%"]],
    ["me@mail.example:pw@gw.example:8001", ["http://gw.example:8001", "me@mail.example", "pw"]],
    ["bob:1234@gw.example:8001", ["http://gw.example:8001", "bob", "1234"]],
    ["bob:pw@[2001:db8::1]:8001", ["http://[2001:db8::1]:8001", "bob", "pw"]],
    ["bob:pw:gw.example:8001", ["http://gw.example:8001", "bob", "pw"]],
    ["bob:p:@%/w:gw.example:8001", ["http://gw.example:8001", "bob", "p:@%/w"]],
    ["bob:pw:[2001:db8::1]:8001", ["http://[2001:db8::1]:8001", "bob", "pw"]],
    ["203.0.113.9:8001@bob:pw", ["http://203.0.113.9:8001", "bob", "pw"]],
    [
      "brd.superproxy.io:33335:brd-customer-c1-zone-isp-ip-203.0.113.7:pw",
      ["http://brd.superproxy.io:33335", "brd-customer-c1-zone-isp-ip-203.0.113.7", "pw"],
    ],
  ])("%s", (text, expected) => expect(read(text)).toEqual(expected));
});

describe("two valid readings are reported with both forms", () => {
  test.each<[string, readonly LineForm[]]>([
    ["203.0.113.9:8001:bob:1234", ["host:port:user:pass", "user:pass:host:port"]],
    ["gw.example:80:ams.example:81", ["host:port:user:pass", "user:pass:host:port"]],
    ["gw.example:8001:bob:pw@x.example:80", ["host:port:user:pass", "user:pass@host:port"]],
    ["203.0.113.9:8001@bob:1234", ["user:pass@host:port", "host:port@user:pass"]],
  ])("%s", (text, forms) => {
    const what = read(text);
    expect(what).toEqual(expect.stringContaining("it can be read as"));
    for (const form of forms) expect(what).toContain(form);
    for (const form of forms) expect(read(text, form)).toHaveLength(3);
  });

  test("a percent sign that may be an encoding is asked about where no URL says that it is one", () => {
    for (const text of ["bob:p%40@gw.example:80", "bob:p%40%@gw.example:80"])
      expect(read(text)).toContain("percent signs");
    expect(read("http://bob:p%40%@gw.example:80")).toContain("percent signs");
    expect(read("http://bob:p%ff@gw.example:80")).toContain("percent signs");
  });
});

describe("what is no proxy is refused", () => {
  test.each([
    ["gw.example", "not a proxy"],
    ["gw.example:0", "not a proxy"],
    ["gw.example:65536", "not a proxy"],
    ["gw.example:8001:bob", "not a proxy"],
    ["gw.example:8001::pw", "not a proxy"],
    ["gw example:8001", "space"],
    ["gw.example:8001:bob:pw # fra", "space"],
    ["gw.example:8001:bob:p\u0000w", "control character"],
    ["http://gw.example", "host and port"],
    ["http://gw.example:8001/path", "host and port"],
    ["http://gw.example:8001?x=1", "host and port"],
    ["http://:pw@gw.example:8001", "user is empty"],
    ["http://b%3Aob:pw@gw.example:8001", "colon"],
    ["http://bob:p%00w@gw.example:8001", "control character"],
    ["socks4://gw.example:1080", "scheme"],
    ["ftp://bob:pw@gw.example:8001", "scheme"],
    [`socks5://bob:${"x".repeat(256)}@gw.example:1080`, "255 bytes"],
    ["gw.example,8001,bob,pw", "CSV header"],
    ["2001:db8::1:8001", "brackets"],
    ["2001:db8::1:8001:bob:pw", "brackets"],
    ["bob:pw:2001:db8::abc:8001", "brackets"],
    ["bob:pw@2001:db8::abc:8001", "brackets"],
    ["abcd:80:1:2:3:4:5:6:8001:bob:pw", "brackets"],
    ["fe80:80:1:2:3:4:5:6", "brackets"],
    [`gw.example:8001:bob:${"x:".repeat(1_000)}`, "longer than"],
    ["", "not a proxy"],
    ["@", "not a proxy"],
    [":::", "not a proxy"],
  ])("%s", (text, word) => expect(read(text)).toContain(word));
});

const numRuns = process.env["LAUNCH_TEST_SIZE"] === "full" ? 2_000 : 300;
const host = fc.oneof(
  fc.constantFrom("gw.example", "gw", "user", "a", "abc", "10.example", "203.0.113.9", "127.0.0.2"),
  fc.constantFrom("2001:db8::1", "::1", "fe80::80:1", "abcd:80:1:2:3:4:5:6"),
  fc.stringMatching(/^[a-f][a-f0-9]{0,3}(\.[a-z]{2,5})?$/),
);
const port = fc.oneof(fc.constantFrom(80, 8001, 65_535), fc.integer({ min: 1, max: 65_535 }));
const adversarial = fc
  .array(
    fc.constantFrom(
      ":",
      "@",
      "%",
      "/",
      "[",
      "]",
      "::",
      ".",
      "40",
      "80",
      "8001",
      "a",
      "gw",
      "#",
      "?",
      "ä",
      "10.0.0.1",
      "2001:db8::1",
      "//",
      "http",
    ),
    { minLength: 1, maxLength: 7 },
  )
  .map((parts) => parts.join(""));
const plainText = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
const secret = fc.oneof(adversarial, plainText);
const user = secret.map((text) => text.replaceAll(":", "-"));

const anyText = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { minLength: 12, maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes));

describe("every formatted entry is read back or reported, never misread", () => {
  const forms: Readonly<Record<string, (where: string, name: string, word: string) => string>> = {
    "host:port:user:pass": (where, name, word) => `${where}:${name}:${word}`,
    "user:pass@host:port": (where, name, word) => `${name}:${word}@${where}`,
    "user:pass:host:port": (where, name, word) => `${name}:${word}:${where}`,
  };

  test.each(Object.keys(forms))("as %s", (form) => {
    const counts = { read: 0, refused: 0 };
    const property = fc.property(host, port, user, secret, (name, at, bob, word) => {
      const text = forms[form]?.(formatAuthority(name, at), bob, word) ?? "";
      // Whoever writes scheme:// has written a URL; that form has its own property.
      fc.pre(!text.includes("://"));
      const back = read(text);
      counts[typeof back === "string" ? "refused" : "read"] += 1;
      if (typeof back === "string") expect(back).not.toContain(word.length > 6 ? word : "\u0000");
      else expect(back).toEqual([formatEndpoint({ scheme: "http", host: name, port: at }), bob, word]);
    });
    fc.assert(property, { numRuns });
    expect(counts.read).toBeGreaterThan(numRuns / 4);
  });

  test("as a URL with its user part percent-encoded, always read back", () => {
    const encode = (text: string) => encodeURIComponent(text).replaceAll(".", "%2E");
    const property = fc.property(host, port, user, secret, (name, at, bob, word) => {
      // Brackets around all of it say that it is an address.
      fc.pre(!/^\[.*\](:\d+)?$/.test(`${bob}:${word}`));
      const text = `http://${encode(bob)}:${encode(word)}@${formatAuthority(name, at)}`;
      expect(read(text)).toEqual([formatEndpoint({ scheme: "http", host: name, port: at }), bob, word]);
    });
    fc.assert(property, { numRuns });
  });

  test.each([
    ["socks5://0:8001..40:@a:80", ["socks5://a:80", "0", "8001..40:"]],
    ["socks5://-:0to0@a:1", ["socks5://a:1", "-", "0to0"]],
  ])("a password that looks like a range of ports is one: %s", (text, entry) => {
    expect(read(text)).toEqual(entry);
  });

  test.each([
    "gw.example:8001-8010@bob:1234",
    "http://bob:pw@gw.example:8001-8010",
    "gw.example:8001-8010:bob:pw",
  ])("a range of ports is refused as such wherever the address stands: %s", (text) => {
    expect(read(text)).toContain("range of ports");
  });

  test("as a URL with its user part as it stands, unless a percent sign or an address in it makes it another", () => {
    const property = fc.property(host, port, user, secret, (name, at, bob, word) => {
      fc.pre(!`${bob}${word}`.includes("%") && !/[.\]].*:[0-9]|http:\/\//.test(`${bob}:${word}`));
      const back = read(`socks5://${bob}:${word}@${formatAuthority(name, at)}`);
      // What may be an address, or a range of them, may be taken for the place of a proxy, and is refused then.
      if (typeof back === "string" && /::|\d\.\d|@.*:\d/.test(`${bob}:${word}`))
        expect(back).toMatch(/address|host/);
      else expect(back).toEqual([formatEndpoint({ scheme: "socks5", host: name, port: at }), bob, word]);
    });
    fc.assert(property, { numRuns });
  });

  test("any text at all is read or refused without an exception, and a refusal does not quote it", () => {
    const property = fc.property(anyText, (text) => {
      const back = read(text);
      if (typeof back === "string") expect(back).not.toContain(text);
    });
    fc.assert(property, { numRuns });
  });
});
