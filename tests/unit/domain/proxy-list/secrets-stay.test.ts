import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEndpoint } from "../../../../lib/domain/proxy/proxy-endpoint.ts";
import { parseProxyEndpointUrl } from "../../../../lib/domain/proxy-list/proxy-endpoint-url.ts";
import { readProxyList } from "../../../../lib/domain/proxy-list/read-proxy-list.ts";
import { LaunchError } from "../../../../lib/errors.ts";

const numRuns = process.env["LAUNCH_TEST_SIZE"] === "full" ? 20_000 : 1_500;
const seed = 141_516;

// Letters that no sentence of ours has in this order, so that any four of them in a note came from the list.
const password = fc
  .array(fc.constantFrom("Q", "Z", "X", "7", "9"), { minLength: 8, maxLength: 12 })
  .map((letters) => letters.join(""));
const odd = fc.constantFrom(
  "",
  ",",
  ";",
  "|",
  ":",
  "@",
  "#",
  "%",
  "%40",
  "/",
  "//",
  " ",
  "\t",
  '"',
  "'",
  "\\",
  "\u200B",
  "\u00A0",
  "http://",
  "ä",
  "{",
  "]",
  "\u0000",
);
const withOdd = fc.tuple(password, odd, password).map((parts) => parts.join(""));
const host = fc.constantFrom(
  "gw.example",
  "gw",
  "198.51.100.4",
  "[2001:db8::1]",
  "2001:db8::1",
  "b\u00FCcher.example",
  "gw..example",
);
const port = fc.constantFrom("80", "8001", "0", "99999", "8001-8003", "");
const entry = fc
  .tuple(fc.nat(6), host, port, withOdd)
  .map(
    ([form, name, at, word]) =>
      [
        `${name}:${at}:user:${word}`,
        `user:${word}@${name}:${at}`,
        `user:${word}:${name}:${at}`,
        `http://user:${word}@${name}:${at}`,
        `SOCKS5://${name}:${at}:user:${word}`,
        `${name}:${at}@user:${word}`,
        `${name},${at},user,${word}`,
      ][form] ?? "",
  );
const lines = fc
  .tuple(
    fc.array(entry, { minLength: 1, maxLength: 4 }),
    fc.constantFrom("\n", "\r\n", ",", ";", " ", "\t", ""),
    odd,
  )
  .map(([entries, joint, end]) => entries.join(joint) + end);
const csv = fc
  .tuple(
    fc.constantFrom(
      "host,port,user,pass",
      "ip;port;login;password;password",
      "proxy\tpass",
      "sep=;\nhost;port;user;pass",
      "host,port,pass,user",
    ),
    lines,
  )
  .map(([head, rows]) => `${head}\n${rows}`);
const json = fc.tuple(withOdd, host, fc.nat(4)).map(([word, name, shape]) => {
  const one = { host: name, port: 80, user: "user", pass: word };
  const text = JSON.stringify(
    [
      { results: [one] },
      [one],
      { data: { items: [one, word] } },
      { proxies: { a: one } },
      [{ url: `${name}:80:user:${word}` }],
    ][shape],
  );
  return shape === 1 ? text.replace('"pass"', '"pass":"x","pass"') : text;
});

function expectNoPart(told: string, text: string): void {
  const parts = [...text.matchAll(/[QZX79]{4,}/g)].flatMap(([run]) =>
    Array.from({ length: run.length - 3 }, (_, at) => run.slice(at, at + 4)),
  );
  expect(parts.filter((part) => told.toUpperCase().includes(part))).toEqual([]);
}

test("no list at all makes the reader throw, or puts a part of a password into a note, an endpoint, a label or a fact", () => {
  const property = fc.property(fc.oneof(lines, csv, json), (text) => {
    const { entries, problems, warnings } = readProxyList(text);
    const shown = entries.map(({ endpoint, label, metadata }) => [formatEndpoint(endpoint), label, metadata]);
    expectNoPart(JSON.stringify([shown, problems, warnings]), text);
  });
  fc.assert(property, { seed, numRuns });
});

test("nor does an endpoint typed at a flag", () => {
  const property = fc.property(lines, (text) => {
    try {
      expectNoPart(formatEndpoint(parseProxyEndpointUrl(text).endpoint), text);
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      expectNoPart(`${error.message} ${error.hint}`, text);
    }
  });
  fc.assert(property, { seed, numRuns });
});
