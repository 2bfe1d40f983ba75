import fc from "fast-check";
import { expect, test } from "vitest";
import {
  connectHead,
  endToEndHeaders,
  parseAbsoluteForm,
  parseAuthority,
} from "../../../../lib/adapters/relay/wire/http-frames.ts";
import {
  connectFrame,
  passwordFrame,
  replyFrame,
  SocksFrameError,
  type Taken,
  takeGreeting,
  takeMethod,
  takePassword,
  takeReply,
  takeRequest,
  takeVerdict,
} from "../../../../lib/adapters/relay/wire/socks-frames.ts";

const ipv4 = fc.ipV4();
const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}(\.[a-z][a-z0-9]{0,10}){0,3}$/);
const ports = fc.integer({ min: 1, max: 65_535 });

/** Whatever of the frame has arrived is never enough, the whole of it is, and what follows is left alone. */
function splitsAnywhere<T>(frame: Buffer, takeFrom: (bytes: Buffer) => Taken<T> | undefined): T {
  for (let end = 0; end < frame.length; end++) expect(takeFrom(frame.subarray(0, end))).toBeUndefined();
  const taken = takeFrom(Buffer.concat([frame, Buffer.from("behind")]));
  expect(taken?.rest.toString()).toBe("behind");
  return taken?.value as T;
}

test("a SOCKS request comes back as it was sent, split at any byte", () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, names), ports, (host, port) => {
      expect(splitsAnywhere(connectFrame(host, port), takeRequest)).toEqual({ command: 1, host, port });
    }),
  );
  const six = splitsAnywhere(connectFrame("2001:db8::7", 443), takeRequest);
  expect(six).toEqual({ command: 1, host: "2001:db8::7", port: 443 });
});

test("a SOCKS password of any bytes comes back, and one longer than 255 bytes is no frame", () => {
  const texts = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(texts, texts, (user, pass) => {
      const { user: userBytes, pass: passBytes } = splitsAnywhere(
        passwordFrame(user, pass) ?? Buffer.alloc(0),
        takePassword,
      );
      expect([userBytes.toString("utf8"), passBytes.toString("utf8")]).toEqual(
        [user, pass].map((text) => Buffer.from(text, "utf8").toString("utf8")),
      );
    }),
    { numRuns: 25 },
  );
  expect(passwordFrame("u", "x".repeat(255))).toBeDefined();
  expect(passwordFrame("u", "x".repeat(256))).toBeUndefined();
  expect(passwordFrame("é".repeat(128), "x")).toBeUndefined();
});

test("greetings, methods, verdicts and replies are read split at any byte; a refusal may come short", () => {
  expect(splitsAnywhere(Buffer.from([5, 3, 0, 1, 2]), takeGreeting)).toEqual([0, 1, 2]);
  expect(splitsAnywhere(Buffer.from([5, 0]), takeGreeting)).toEqual([]);
  expect(splitsAnywhere(Buffer.from([5, 255]), takeMethod)).toBe(255);
  for (const version of [1, 5, 0, 255]) {
    expect(splitsAnywhere(Buffer.from([version, 1]), takeVerdict)).toBe(1);
    expect(splitsAnywhere(Buffer.from([version, 0]), takeVerdict)).toBe(0);
  }
  expect(splitsAnywhere(replyFrame(0), takeReply)).toBe(0);
  expect(splitsAnywhere(Buffer.from([5, 0, 0, 3, 4, 110, 97, 109, 101, 0, 80]), takeReply)).toBe(0);
  expect(takeReply(Buffer.from([5, 5]))?.value).toBe(5);
});

test("bytes that are no SOCKS end the conversation at the first of them, and no bytes do worse", () => {
  expect(() => takeReply(Buffer.from("HTTP/1.1 400"))).toThrow(SocksFrameError);
  expect(() => takeRequest(Buffer.from([5, 1, 0, 9]))).toThrow(SocksFrameError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      for (const take of [takeGreeting, takePassword, takeRequest, takeMethod, takeVerdict, takeReply]) {
        try {
          take(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(SocksFrameError);
        }
      }
    }),
  );
});

test("an authority is read with its port, and what only looks like a host is none", () => {
  fc.assert(
    fc.property(fc.oneof(names, ipv4), ports, (host, port) => {
      expect(parseAuthority(`${host}:${port}`)).toEqual({ host, port });
    }),
  );
  expect(parseAuthority("[2001:DB8::7]:443")).toEqual({ host: "2001:db8::7", port: 443 });
  expect(parseAuthority("[::ffff:127.0.0.1]:1")).toEqual({ host: "127.0.0.1", port: 1 });
  expect(parseAuthority("a.test", 80)).toEqual({ host: "a.test", port: 80 });
  const none = [
    "",
    ":1",
    "a.test",
    "a.test:",
    "a.test:0",
    "a.test:99999",
    "u@a.test:1",
    "::1:80",
    "[::1",
    "a b:1",
  ];
  const numbers = [
    "1:1",
    "127.1:1",
    "0x7f.1:1",
    "0x7f000001:1",
    "a.0x10:1",
    "2130706433:1",
    "1.2.3.4.5:1",
    "010.0.0.1:1",
  ];
  for (const text of [...none, ...numbers]) expect(parseAuthority(text), text).toBeUndefined();
});

test("an absolute form gives its target and its path as it was written", () => {
  expect(parseAbsoluteForm("http://A.test/x%2Fy?q=%20#f")).toEqual({
    target: { host: "a.test", port: 80 },
    path: "/x%2Fy?q=%20",
  });
  expect(parseAbsoluteForm("HTTP://a.test:81?q")).toEqual({
    target: { host: "a.test", port: 81 },
    path: "/?q",
  });
  expect(parseAbsoluteForm("ws://[::2]/")?.target).toEqual({ host: "::2", port: 80 });
  for (const url of ["https://a.test/", "/x", "http:///x", "http://u:p@a.test/", "http://a.test:x/", "*"]) {
    expect(parseAbsoluteForm(url), url).toBeUndefined();
  }
});

test("a CONNECT head brackets IPv6 and has the credential's header only when there is one", () => {
  expect(connectHead({ host: "::2", port: 443 }, undefined)).toBe(
    "CONNECT [::2]:443 HTTP/1.1\r\nHost: [::2]:443\r\nUser-Agent: node\r\nProxy-Connection: Keep-Alive\r\n\r\n",
  );
  expect(connectHead({ host: "a.test", port: 1 }, "Basic eA==")).toContain(
    "\r\nProxy-Authorization: Basic eA==\r\nUser-Agent",
  );
});

test("headers of this hop and those that Connection names are taken out, Content-Length never by Connection", () => {
  const raw = [
    "A",
    "1",
    "Connection",
    "close, X-Hop, Content-Length",
    "x-hop",
    "2",
    "Content-Length",
    "3",
    "a",
    "4",
    "TE",
    "5",
  ];
  expect(endToEndHeaders(raw)).toEqual(["A", "1", "Content-Length", "3", "a", "4"]);
  expect(endToEndHeaders(raw, ["a"])).toEqual(["Content-Length", "3"]);
});
