import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { takeAnswer } from "../../../lib/adapters/relay/wire/connect-answer.ts";
import {
  connectHead,
  parseAbsoluteForm,
  parseAuthority,
  parseTargetHost,
} from "../../../lib/adapters/relay/wire/http-frames.ts";
import {
  connectFrame,
  greeting,
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
} from "../../../lib/adapters/relay/wire/socks-frames.ts";
import { FrameMissing, takeFrame } from "../../../lib/adapters/relay/wire/take-frame.ts";
import { cutAt, fuzzed, fuzzedLess, longTexts, nearly, places, textOf } from "../../support/fuzz/fuzz.ts";

const answers = [
  "HTTP/1.1 200 Connection established\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 3\r\n\r\nno!",
  "\r\nHTTP/1.1 403 Forbidden\nX-A: 1\n b\n\n",
].map((text) => Buffer.from(text, "latin1"));

const takers: Readonly<
  Record<string, { take: (bytes: Buffer) => Taken<unknown> | undefined; frames: readonly Buffer[] }>
> = {
  "a greeting": { take: takeGreeting, frames: [greeting(true), greeting(false)] },
  "a password": { take: takePassword, frames: [passwordFrame("user", "p@ss:w/%") ?? Buffer.alloc(0)] },
  "a request": {
    take: takeRequest,
    frames: ["venue.test", "203.0.113.7", "2001:db8::7"].map((host) => connectFrame(host, 443)),
  },
  "a method": { take: takeMethod, frames: [Buffer.from([5, 2])] },
  "a verdict": { take: takeVerdict, frames: [Buffer.from([1, 0])] },
  "a reply": { take: takeReply, frames: [replyFrame(0), replyFrame(5)] },
  "an answer to CONNECT": { take: takeAnswer, frames: answers },
};
const mostBytes = 16_384;

describe.each(Object.entries(takers))("%s", (_name, { take, frames }) => {
  const bytes = fc.oneof(
    nearly(frames),
    fc.uint8Array({ maxLength: 80 }).map((all) => Buffer.from(all)),
  );

  test("is taken, refused as declared, or waited for, whatever arrives", () => {
    fc.assert(
      fc.property(bytes, (all) => {
        const { taken } = outcomeOf(take, all);
        // What is handed on lies behind what was taken.
        if (taken !== undefined)
          expect(all.subarray(all.length - taken.rest.length).equals(taken.rest)).toBe(true);
      }),
      fuzzed,
    );
  });

  test("is the same in one piece and byte by byte", () => {
    fc.assert(
      fc.property(bytes, (all) => {
        const whole = outcomeOf(take, all);
        let first = outcomeOf(take, Buffer.alloc(0));
        for (
          let end = 1;
          end <= all.length && first.taken === undefined && first.refusal === undefined;
          end++
        )
          first = outcomeOf(take, all.subarray(0, end));
        expect(first.refusal).toBe(whole.refusal);
        expect(first.taken?.value).toEqual(whole.taken?.value);
      }),
      fuzzed,
    );
  });

  test("comes through a socket the same however it is cut, and no more is kept than a frame may have", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, places, async (all, at) => {
        const cut = (from: readonly number[]) =>
          through(
            cutAt(all, from, (start, end) => all.subarray(start, end)),
            take,
          );
        expect(await cut(at)).toEqual(await cut([]));
      }),
      fuzzedLess,
    );
  });
});

test("a frame without end is given up when it is longer than a frame may be", async () => {
  const endless = Array.from({ length: 20 }, () => Buffer.from("HTTP/1.1 200 OK\r\nX: ".padEnd(4_096, "x")));
  expect(await through(endless, takeAnswer)).toEqual({ refusal: "too long" });
});

test("addresses and targets are read or refused, whatever they hold, and a target survives its own head", () => {
  const pieces = [
    "venue.test",
    "203.0.113.7",
    "[2001:db8::7]",
    "[::1%eth0]",
    ":443",
    ":0",
    ":99999",
    "http://",
    "ws://",
    "/a?b#c",
    "0x7f.1",
  ];
  fc.assert(
    fc.property(textOf(pieces), (text) => {
      parseTargetHost(text);
      parseAbsoluteForm(text);
      const target = parseAuthority(text, 443);
      if (target === undefined) return;
      expect(connectHead(target, undefined)).toMatch(/^CONNECT \S+ HTTP\/1\.1\r\n/);
      const [, again = ""] = /^CONNECT (\S+) /.exec(connectHead(target, undefined)) ?? [];
      expect(parseAuthority(again)).toEqual(target);
    }),
    fuzzed,
  );
});

test("no length makes the readers of addresses go back and forth", () => {
  for (const text of longTexts) {
    parseAuthority(text, 80);
    parseTargetHost(text);
    parseAbsoluteForm(`http://${text}`);
    const half = text.slice(0, mostBytes / 2);
    outcomeOf(takeAnswer, Buffer.from(`HTTP/1.1 200 ${half}\r\n${half}\r\n\r\n`));
  }
});

interface Outcome {
  readonly taken?: Taken<unknown> | undefined;
  readonly refusal?: string;
}

function outcomeOf(take: (bytes: Buffer) => Taken<unknown> | undefined, bytes: Buffer): Outcome {
  try {
    return { taken: take(bytes) };
  } catch (error) {
    if (error instanceof SocksFrameError) return { refusal: error.message };
    throw error;
  }
}

async function through(chunks: readonly Buffer[], take: (bytes: Buffer) => Taken<unknown> | undefined) {
  const stream = new PassThrough({ highWaterMark: 1_048_576 });
  const taking = takeFrame(stream as unknown as Socket, take, mostBytes).then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof SocksFrameError || error instanceof FrameMissing)
        return { refusal: error.message };
      throw error;
    },
  );
  for (const chunk of chunks) {
    stream.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.end();
  return taking.finally(() => stream.destroy());
}
