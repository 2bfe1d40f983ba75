import { createServer, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPlainConnect } from "../../../../lib/adapters/relay/wire/connect-request.ts";
import { fuzzedLess } from "../../../support/fuzz/fuzz.ts";

const read = (text: string) => readPlainConnect(Buffer.from(text, "latin1"));

/** What Node's own parser makes of the bytes: authority, token and what follows, or nothing. */
function readByNode(
  bytes: Buffer,
): Promise<readonly [string | undefined, string | undefined, string] | undefined> {
  return new Promise((resolve) => {
    const server = createServer({ insecureHTTPParser: false, connectionsCheckingInterval: 1_000_000 });
    const done = (answer: Parameters<typeof resolve>[0]): void => {
      server.close();
      resolve(answer);
    };
    server.on("connect", ({ url, headers }: IncomingMessage, _socket: Duplex, head: Buffer) =>
      done([url, headers["proxy-authorization"], head.toString("latin1")]),
    );
    server.on("request", () => done(undefined)).on("clientError", () => done(undefined));
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, next) => next() });
    server.emit("connection", stream);
    stream.push(bytes);
    stream.push(null);
    stream.once("end", () => setImmediate(() => done(undefined)));
  });
}

test("a CONNECT of the common form gives its authority, its token and what follows", () => {
  expect(
    read(
      "CONNECT venue.test:443 HTTP/1.1\r\nHost: venue.test:443\r\nproxy-authorization: \t Basic Ym90OlRva2Vu \r\nProxy-Connection: keep-alive\r\n\r\nhello\r\n\r\n",
    ),
  ).toEqual({
    authority: "venue.test:443",
    authorization: "Basic Ym90OlRva2Vu",
    rest: Buffer.from("hello\r\n\r\n"),
  });
  expect(read("CONNECT [::1]:80 HTTP/1.1\r\n\r\n")).toMatchObject({
    authority: "[::1]:80",
    authorization: undefined,
  });
});

test("whatever else a head may hold is left to Node's parser", () => {
  const line = "CONNECT a:1 HTTP/1.1\r\n";
  for (const text of [
    "\x05\x01\x02",
    "GET http://a/ HTTP/1.1\r\n\r\n",
    "connect a:1 HTTP/1.1\r\n\r\n",
    "CONNECT a:1 HTTP/1.0\r\n\r\n",
    "CONNECT  a:1 HTTP/1.1\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\n\n",
    "CONNECT u@a:1 HTTP/1.1\r\n\r\n",
    `${line}Host: a:1\r\n`,
    `${line}Content-Length: 5\r\n\r\n`,
    `${line}Transfer-Encoding: chunked\r\n\r\n`,
    `${line}Host: a\r\n folded\r\n\r\n`,
    `${line}Host : a\r\n\r\n`,
    `${line}Host: a\nb\r\n\r\n`,
    `${line}Host: \xe4\r\n\r\n`,
    `${line}Proxy-Authorization: a\r\nProxy-Authorization: b\r\n\r\n`,
    `${line}Proxy-Authorization: ${"a".repeat(8_000)}\r\n\r\n`,
  ])
    expect(read(text), JSON.stringify(text.slice(0, 60))).toBeUndefined();
});

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("CONNECT ", "a.test:443", " HTTP/1.1\r\n", "Host: a\r\n", "\r\n") },
  { weight: 4, arbitrary: fc.constantFrom("Proxy-Authorization: Basic YTpi\r\n", "Connection: close\r\n") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("User-Agent:x\r\n", "Proxy-Connection:\t y \r\n", "[::1]:80", "_-.", ":"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 2 }) },
);
const nearlyPlain = fc
  .record({
    authority: fc.oneof(
      fc.constantFrom("a.test:443", "[::1]:1", "a"),
      fc.array(piece, { maxLength: 2 }).map((all) => all.join("")),
    ),
    headers: fc.array(piece, { maxLength: 5 }),
    rest: fc.string({ unit: "binary", maxLength: 5 }),
  })
  .map(({ authority, headers, rest }) =>
    Buffer.from(`CONNECT ${authority} HTTP/1.1\r\n${headers.join("")}\r\n${rest}`, "latin1"),
  );

test("what is read here is what Node's parser reads, byte for byte", async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        nearlyPlain,
        fc.array(piece, { maxLength: 8 }).map((all) => Buffer.from(all.join(""), "latin1")),
      ),
      async (bytes) => {
        const ours = readPlainConnect(bytes);
        if (ours === undefined) return;
        taken += 1;
        expect(await readByNode(bytes)).toEqual([
          ours.authority,
          ours.authorization,
          ours.rest.toString("latin1"),
        ]);
      },
    ),
    { ...fuzzedLess, numRuns: fuzzedLess.numRuns * 10 },
  );
  expect(taken).toBeGreaterThan(50);
});
