import { describe, expect, test } from "vitest";
import { trackLeavings } from "../../../../lib/adapters/bot-channel/bot-channel.ts";
import { readBotFrame, readHello } from "../../../../lib/adapters/bot-channel/bot-frames.ts";
import { answerHeaders } from "../../../../lib/domain/verdict/venue-answer.ts";
import { mostAnswers, toldHeaders } from "../../../../lib/protocol/bot-frames.ts";

const item = {
  host: "api.binance.com",
  status: 418,
  at: 1_767_225_600_000,
  signed: false,
  n: 1,
  headers: {},
};
const answers = (...items: readonly unknown[]) => readBotFrame({ type: "answers", items }, 7);
const report = (fields: Record<string, unknown>) => readBotFrame({ type: "report", ...fields }, 7);
const refused = (type: string) => ({ kind: "refused", why: `a ${type} frame of a wrong shape` });

test("a bot tells the headers that a classifier reads, and no other", () => {
  expect([...toldHeaders].sort()).toEqual([...answerHeaders].sort());
});

describe("answers", () => {
  test("are told with the headers that are agreed, and without any other", () => {
    const headers = {
      "retry-after": "120",
      authorization: "secret",
      "cf-ray": "a\nb",
      server: "x".repeat(257),
    };
    expect(answers({ ...item, signed: true, n: 3, headers }, item)).toEqual({
      kind: "event",
      event: {
        type: "answers",
        pid: 7,
        answers: [
          {
            host: "api.binance.com",
            status: 418,
            headers: { "retry-after": "120" },
            body: undefined,
            isSigned: true,
            times: 3,
            at: 1_767_225_600_000,
          },
          {
            host: "api.binance.com",
            status: 418,
            headers: {},
            body: undefined,
            isSigned: false,
            times: 1,
            at: 1_767_225_600_000,
          },
        ],
      },
    });
  });

  test.each([
    ["a host in capitals", { host: "API.binance.com" }],
    ["a host that is a path", { host: "a.test/key" }],
    ["no host", { host: "" }],
    ["an endless host", { host: "a".repeat(254) }],
    ["a status that is none", { status: 1_000 }],
    ["a status as text", { status: "418" }],
    ["no time", { at: undefined }],
    ["a time outside all time", { at: 9e15 }],
    ["a signature instead of yes or no", { signed: "abc" }],
    ["no answer at all", { n: 0 }],
    ["endlessly many answers", { n: 1e9 }],
    ["headers in a list", { headers: [] }],
  ])("with %s are refused whole", (_, wrong) => {
    expect(answers(item, { ...item, ...wrong })).toEqual(refused("answers"));
  });

  test("are at most as many as agreed", () => {
    const many = Array.from({ length: mostAnswers + 1 }, () => item);
    expect(answers(...many.slice(1)).kind).toBe("event");
    expect(answers(...many)).toEqual(refused("answers"));
    expect(readBotFrame({ type: "answers", items: { length: 1 } }, 7)).toEqual(refused("answers"));
  });

  test("take a header's name for no more than a name", () => {
    const headers = JSON.parse('{"__proto__":{"server":"x"}}') as unknown;
    expect(answers({ ...item, headers })).toMatchObject({ event: { answers: [{ headers: {} }] } });
  });
});

describe("a report", () => {
  test("is told with its venue, its end and its reason", () => {
    const until = "2026-01-01T00:00:00Z";
    expect(report({ what: "burned", venue: "Binance", until, why: " IP\u001b[31m banned\n" })).toEqual({
      kind: "event",
      event: {
        type: "report",
        pid: 7,
        what: "burned",
        venue: "binance",
        untilAt: 1_767_225_600_000,
        why: "IP [31m banned",
      },
    });
    expect(report({ what: "clear" })).toMatchObject({ event: { what: "clear", venue: undefined } });
    expect(report({ what: "clear", venue: null, until: null, why: null })).toMatchObject({ kind: "event" });
    expect(report({ what: "limited", why: "x".repeat(9_000) })).toMatchObject({
      event: { why: "x".repeat(300) },
    });
  });

  test("may name its end in milliseconds, or in seconds as Python's time.time() does", () => {
    expect(report({ what: "limited", until: 1_767_225_600_000 })).toMatchObject({
      event: { untilAt: 1_767_225_600_000 },
    });
    expect(report({ what: "limited", until: 1_767_225_600.25 })).toMatchObject({
      event: { untilAt: 1_767_225_600_250 },
    });
  });

  test.each([
    [{ what: "hello" }],
    [{ what: "constructor" }],
    [{}],
    [{ what: "burned", until: "tomorrow" }],
    [{ what: "burned", until: -1 }],
    [{ what: "burned", until: {} }],
    [{ what: "burned", venue: "a b" }],
    [{ what: "burned", venue: "" }],
    [{ what: "burned", venue: 7 }],
    [{ what: "burned", why: 7 }],
  ])("of %j is refused: half understood it could move the bot", (fields) => {
    expect(report(fields)).toEqual(refused("report"));
  });
});

test("a heartbeat may tell how late the bot's own loop is", () => {
  expect(readBotFrame({ type: "heartbeat", lagMs: 1, loopLagMs: 20_000 }, 7)).toEqual({
    kind: "event",
    event: { type: "heartbeat", pid: 7, lagMs: 1, loopLagMs: 20_000 },
  });
  expect(readBotFrame({ type: "heartbeat", lagMs: 1, loopLagMs: null }, 7)).toEqual(refused("heartbeat"));
  expect(readBotFrame({ type: "heartbeat", lagMs: Number.POSITIVE_INFINITY }, 7)).toEqual(
    refused("heartbeat"),
  );
});

test("a program may ask to be told before its exit is left; what else it asks for is ignored", () => {
  expect(readBotFrame({ type: "subscribe", to: ["weather", "leaving"] }, 7)).toEqual({
    kind: "event",
    event: { type: "subscribed", pid: 7 },
  });
  expect(readBotFrame({ type: "subscribe", to: ["weather"] }, 7)).toEqual({ kind: "ignored" });
  expect(readBotFrame({ type: "subscribe", to: "leaving" }, 7)).toEqual(refused("subscribe"));
  expect(readBotFrame({ type: "left", id: 3 }, 7)).toEqual({ kind: "event", event: { type: "left", id: 3 } });
  expect(readBotFrame({ type: "left", id: "3" }, 7)).toEqual(refused("left"));
  expect(readBotFrame({ type: "toString" }, 7)).toEqual({ kind: "ignored" });
});

test("the hello of a program's own code makes nobody wait for our preload", () => {
  const own = { type: "hello", v: 2, program: "my bot", version: "1", runId: "r", pid: 7 };
  expect(readHello(own)).toEqual({ pid: 7, runId: "r", event: undefined });
  expect(readHello({ ...own, preload: { observe: true } })).toBeUndefined();
  expect(readHello({ ...own, program: "x".repeat(101) })).toBeUndefined();
  expect(readHello({ ...own, preload: { observe: true, tunnel: false, selfCheck: "ok" } })).toEqual({
    pid: 7,
    runId: "r",
    event: {
      type: "hello",
      pid: 7,
      program: "my bot",
      version: "1",
      observes: true,
      tunnel: false,
      selfCheck: "ok",
    },
  });
});

test("a leaving is over when the last of those that were told is done or gone", () => {
  const over: number[] = [];
  const sent: string[] = [];
  const leavings = trackLeavings<string>((id) => over.push(id));
  const announce = (id: number) => leavings.announce(id, (member) => sent.push(`${member}${id}`));
  expect(announce(1)).toBe(false);
  leavings.subscribe("a");
  leavings.subscribe("b");
  expect(announce(2)).toBe(true);
  leavings.subscribe("c");
  leavings.done("c", 2);
  leavings.done("a", 9);
  leavings.done("a", 2);
  leavings.done("a", 2);
  expect(over).toEqual([]);
  leavings.gone("b");
  leavings.done("a", 2);
  expect(over).toEqual([2]);
  expect(announce(3)).toBe(true);
  expect(sent).toEqual(["a2", "b2", "a3", "c3"]);
  leavings.gone("a");
  leavings.gone("c");
  expect(over).toEqual([2, 3]);
  expect(announce(4)).toBe(false);
});
