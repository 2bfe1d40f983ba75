import type { Server, Socket } from "node:net";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createBotConnection } from "../../../lib/adapters/bot-channel/bot-connection.ts";
import { readBotFrame, readHello } from "../../../lib/adapters/bot-channel/bot-frames.ts";
import { formatAnswer, ipv4Bytes, parseQuestion } from "../../../lib/adapters/isolation/dns/dns-message.ts";
import { serveStream } from "../../../lib/adapters/isolation/dns/serve-names.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { answerHeaders, type VenueAnswer } from "../../../lib/domain/verdict/venue-answer.ts";
import { mostAnswers } from "../../../lib/protocol/bot-frames.ts";
import { decodeFrame, encodeFrame, FrameSplitter } from "../../../lib/protocol/frames.ts";
import { protocolVersion } from "../../../lib/protocol/version.ts";
import { cutAt, fuzzed, fuzzedLess, longTexts, nearly, places, textOf } from "../../support/fuzz/fuzz.ts";

const runId = "6b1f0c62-7f2b-4d0e-9d52-0d0f4c1c2a11" as RunId;
const hello = encodeFrame({
  v: protocolVersion,
  type: "hello",
  program: "bot",
  version: "1",
  runId,
  pid: 7,
  preload: { observe: true, tunnel: true, selfCheck: "ok" },
});
const frameTexts = textOf([
  hello,
  encodeFrame({ type: "heartbeat", lagMs: 3 }),
  encodeFrame({
    type: "exit-check",
    id: 1,
    witness: "https://w.test/",
    answer: { status: 200, body: "203.0.113.7" },
  }),
  encodeFrame({
    type: "answers",
    items: [
      { host: "a.test", status: 429, at: 1e12, signed: true, n: 2, headers: { "retry-after": "5" } },
      { host: "b.test", status: 200, at: 1e12, signed: false, n: 9, headers: {} },
    ],
  }),
  encodeFrame({
    type: "report",
    what: "burned",
    venue: "binance",
    until: "2026-01-01T00:00:00Z",
    why: "418",
  }),
  encodeFrame({ type: "subscribe", to: ["leaving"] }),
  encodeFrame({ type: "left", id: 1 }),
  '{"type":"heartbeat","lagMs":-1}\n',
  '{"type":"reading","id":1e9}\n',
  '{"__proto__":{"type":"hello"}}\n',
  '{"type":["hello"]}\n',
  "[]\n",
  "null\n",
  `${"[".repeat(2_000)}\n`,
  `"${"x".repeat(70_000)}"\n`,
]);

test("what a bot sends is told the same however it is cut, and nothing that it sends harms the launcher", async () => {
  await fc.assert(
    fc.asyncProperty(frameTexts, places, async (text, at) => {
      const bytes = Buffer.from(text);
      const told = (from: readonly number[]) =>
        tell(cutAt(bytes, from, (start, end) => bytes.subarray(start, end)));
      expect(await told(at)).toEqual(await told([]));
    }),
    fuzzedLess,
  );
});

test("every line is a frame or refused with a reason, and every frame an event or refused with a reason", () => {
  const value = fc.dictionary(
    fc.constantFrom(
      "v",
      "id",
      "pid",
      "lagMs",
      "loopLagMs",
      "answer",
      "preload",
      "what",
      "until",
      "why",
      "to",
    ),
    fc.jsonValue(),
  );
  const type = fc.constantFrom("hello", "heartbeat", "exit-check", "report", "subscribe", "left", "later");
  const mostly = <T>(good: fc.Arbitrary<T>) =>
    fc.oneof(
      { weight: 20, arbitrary: good as fc.Arbitrary<unknown> },
      { weight: 1, arbitrary: fc.jsonValue() },
    );
  const likeAnswer = fc.record({
    host: mostly(fc.domain()),
    status: mostly(fc.integer({ min: 100, max: 599 })),
    at: mostly(fc.nat()),
    signed: mostly(fc.boolean()),
    n: mostly(fc.integer({ min: 1, max: 99 })),
    headers: mostly(fc.dictionary(fc.constantFrom(...answerHeaders, "cookie"), fc.string())),
  });
  const answers = fc.array(likeAnswer, { maxLength: 60 }).map((items) => ({ type: "answers", items }));
  fc.assert(
    fc.property(
      fc.oneof(
        frameTexts,
        fc.tuple(value, type).map(([fields, named]) => JSON.stringify({ ...fields, type: named })),
        answers.map((frame) => JSON.stringify(frame)),
      ),
      (line) => {
        const decoded = decodeFrame(line);
        if (decoded.kind === "refused") return;
        readHello(decoded.frame);
        const reading = readBotFrame(decoded.frame, 7);
        if (reading.kind === "event" && reading.event.type === "answers")
          expectBounded(reading.event.answers);
      },
    ),
    fuzzed,
  );
});

function expectBounded(answers: readonly VenueAnswer[]): void {
  expect(answers.length).toBeLessThanOrEqual(mostAnswers);
  for (const { host, headers } of answers) {
    expect(host).toMatch(/^[a-z0-9_.:-]{1,253}$/);
    for (const [name, text] of Object.entries(headers)) {
      expect(answerHeaders).toContain(name);
      expect(text).toMatch(/^\P{C}{0,256}$/u);
    }
  }
}

test("a line without end is given up and not kept", () => {
  const splitter = new FrameSplitter();
  let pushes = 0;
  while (!splitter.push("x".repeat(1_000)).isTooLong) pushes += 1;
  expect(pushes).toBeLessThanOrEqual(66);
  for (const text of longTexts) decodeFrame(text);
});

const question = Buffer.from(
  "1234010000010000000000000576656e75650474657374000001 0001".replaceAll(" ", ""),
  "hex",
);
const queries = nearly([
  question,
  Buffer.from("00000100000100000000000000000100 01".replaceAll(" ", ""), "hex"),
]);

test("a question is read or left unanswered, and its answer is no longer than it and one address", () => {
  fc.assert(
    fc.property(queries, (message) => {
      const read = parseQuestion(message);
      if (read === undefined) return;
      expect(formatAnswer(read, 0, ipv4Bytes("198.18.0.1")).length).toBeLessThanOrEqual(message.length + 16);
      expect(parseQuestion(formatAnswer(read, 0, ipv4Bytes("198.18.0.1")))).toBeUndefined();
    }),
    fuzzed,
  );
});

test("questions over a connection are answered the same however they are cut", async () => {
  const length = (bytes: Buffer) =>
    Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
  await fc.assert(
    fc.asyncProperty(fc.array(queries.map(length), { maxLength: 4 }), places, async (messages, at) => {
      const bytes = Buffer.concat(messages);
      const answered = async (from: readonly number[]) => {
        const socket = new FakeSocket();
        serveStream(acceptor(socket), (message) => {
          const read = parseQuestion(message);
          return read === undefined ? undefined : formatAnswer(read, 3);
        });
        await socket.arrive(cutAt(bytes, from, (start, end) => bytes.subarray(start, end)));
        return socket.sent();
      };
      expect(await answered(at)).toEqual(await answered([]));
    }),
    fuzzedLess,
  );
});

async function tell(chunks: readonly Buffer[]): Promise<readonly unknown[]> {
  const events: unknown[] = [];
  const socket = new FakeSocket();
  createBotConnection(socket as unknown as Socket, {
    runId,
    launcherVersion: "1",
    onEvent: (event) => void events.push(event),
  });
  await socket.arrive(chunks);
  return events;
}

function acceptor(socket: FakeSocket): Server {
  const server = {
    maxConnections: 0,
    on: (name: string, listener: (socket: FakeSocket) => void) =>
      void (name === "connection" && listener(socket)),
  };
  return server as unknown as Server;
}

/** A socket's readers and writers without a network. */
class FakeSocket extends Duplex {
  readonly #written: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written.push(chunk);
    done();
  }

  setTimeout(): this {
    return this;
  }

  destroySoon(): void {
    this.destroy();
  }

  sent(): string {
    return Buffer.concat(this.#written).toString("hex");
  }

  async arrive(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      if (!this.destroyed && chunk.length > 0) this.push(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
