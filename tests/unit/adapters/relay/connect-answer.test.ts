import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AnswerHead,
  bodyBytes,
  takeAnswer,
} from "../../../../lib/adapters/relay/wire/connect-answer.ts";

const take = (text: string) => takeAnswer(Buffer.from(text, "latin1"));
const statusOf = (text: string) => take(text)?.value?.status;

/** Nothing is enough before the whole head is there, and what follows it is the tunnel's. */
function splitsAnywhere(head: string): AnswerHead | undefined {
  for (let end = 0; end < head.length; end++)
    expect(take(head.slice(0, end)), head.slice(0, end)).toBeUndefined();
  const taken = take(`${head}\r\n\r\nbehind`);
  expect(taken?.rest.toString()).toBe("\r\n\r\nbehind");
  return taken?.value;
}

test("a head ends at its first empty line, whatever ends its lines, wherever it was split; what follows is the tunnel's", () => {
  for (const [head, status] of [
    ["HTTP/1.1 200 Connection established\r\n\r\n", 200],
    ["HTTP/1.0 200 OK\r\nVia: x\r\n\r\n", 200],
    ["HTTP/1.1 200\r\n\r\n", 200],
    ["HTTP/1.1 200 \r\n\r\n", 200],
    ["http/1.1 200 fine\r\n\r\n", 200],
    ["HTTP/1.1   204   \t odd\r\n\r\n", 204],
    ["HTTP/1.1 200 OK\n\n", 200],
    ["HTTP/1.1 200 OK\r\nVia: x\n\r\n", 200],
    ["HTTP/1.1 407 No\nProxy-Authenticate: NTLM\n\n", 407],
    ["HTTP/1.1 490 access point invalid\r\n\r\n", 490],
  ] as const)
    expect(splitsAnywhere(head)?.status, head).toBe(status);
});

test("a success has no body, whatever its headers say: the tunnel begins behind the empty line", () => {
  for (const header of ["Content-Length: 5", "Transfer-Encoding: chunked"]) {
    const taken = take(`HTTP/1.1 200 OK\r\n${header}\r\n\r\nSSH-2.0`);
    expect([taken?.value?.status, taken?.rest.toString()]).toEqual([200, "SSH-2.0"]);
  }
});

test("folded headers go on, lines without a colon are passed over, several of a name are kept in order", () => {
  const head = splitsAnywhere(
    'HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm="a",\r\n  nonce="b"\r\nnonsense\r\nPROXY-AUTHENTICATE : NTLM\r\n: empty\r\nX-Nothing:\r\n\r\n',
  );
  expect(head?.headers.get("proxy-authenticate")).toEqual(['Digest realm="a", nonce="b"', "NTLM"]);
  expect(head?.headers.get("x-nothing")).toEqual([""]);
});

test("an announced head is passed over, an empty line before the status too, and 101 is no answer", () => {
  expect(statusOf("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")).toBe(200);
  expect(take("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2")).toBeUndefined();
  expect(statusOf("\r\nHTTP/1.1 200 OK\r\n\r\n")).toBe(200);
  expect(take("HTTP/1.1 101 Switching Protocols\r\n\r\n")).toMatchObject({ value: undefined });
});

test("what is no HTTP/1 is told at its first bytes, and a status only in a real status line", () => {
  for (const text of ["SSH-2.0-x", "\x05\x00", "HTTP/2 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "<html>"])
    expect(take(text), text).toMatchObject({ value: undefined });
  for (const line of [
    "HTTP/1.1 2000 OK",
    "HTTP/1.1 99 OK",
    "HTTP/1.1 OK",
    "HTTP/1.1 200OK",
    "HTTP/1.1 200 O\0K",
  ])
    expect(take(`${line}\r\n\r\n`), line).toMatchObject({ value: undefined });
});

test("the length of a refusal's body is believed only when it is one, and never beside a transfer coding", () => {
  const lengthOf = (...headers: string[]) => {
    const head = take(`HTTP/1.1 403 x\r\n${headers.map((each) => `${each}\r\n`).join("")}\r\n`)?.value;
    return head === undefined ? "no head" : bodyBytes(head);
  };
  expect(lengthOf("Content-Length: 12")).toBe(12);
  expect(lengthOf()).toBeUndefined();
  expect(lengthOf("Content-Length: -1")).toBeUndefined();
  expect(lengthOf("Content-Length: 12", "Transfer-Encoding: chunked")).toBeUndefined();
});

test("any bytes give a head, a wish for more, or no HTTP, and the rest is a part of what came", () => {
  const words = fc.constantFrom(
    "HTTP/1.1 ",
    "200",
    " OK",
    "\r\n",
    "\n",
    "\r",
    ":",
    "A",
    " ",
    "\0",
    "HTTP/1.1 100 x\r\n\r\n",
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(words, fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 30 }),
      (parts) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        const taken = takeAnswer(bytes);
        if (taken === undefined) return;
        expect(bytes.subarray(bytes.length - taken.rest.length).equals(taken.rest)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
