import { describe, expect, test } from "vitest";
import { Desk } from "./desk.ts";

const bots = (count: number) => Array.from({ length: count }, (_, n) => `bot-${n}`);
const minute = 60_000;
const hour = 60 * minute;
const kinds = (made: readonly { readonly kind: string }[]) => made.map(({ kind }) => kind);

describe("one incident, one message", () => {
  test("an outage of a vendor that hits 50 bots is one message that names 50, then one that it is over", () => {
    const desk = new Desk();
    for (const bot of bots(50)) desk.lose(bot);
    const [first, ...more] = desk.pass(30_000);
    expect(more).toEqual([]);
    expect(first?.content.title).toBe("50 bots lost their exits through the vendor acme; 0 of 50 have moved");
    for (const bot of bots(50)) expect(first?.content.text).toContain(bot);
    expect(first?.content.text).toContain("Type: launch why bot-0");
    for (const bot of bots(50)) desk.move(bot);
    const after = desk.pass(minute);
    expect(kinds(after)).toEqual(["over"]);
    expect(after[0]?.content.title).toMatch(/^Over after 30 s: 50 bots lost their exits/);
    expect(desk.pass(hour)).toEqual([]);
  });

  test("bots that are hit one after another within the gathering are still one message", () => {
    const desk = new Desk();
    for (const bot of bots(8)) {
      desk.lose(bot);
      desk.pass(4_000);
    }
    expect(kinds(desk.messages)).toEqual(["news"]);
  });

  test("a channel that can edit has one message that lives: it grows, tells who moved, and ends", () => {
    const desk = new Desk({ canEdit: true });
    for (const bot of bots(50)) desk.lose(bot);
    desk.pass(20_000);
    for (const bot of bots(12)) desk.move(bot);
    const [edit] = desk.pass(20_000);
    expect(edit).toMatchObject({ kind: "edit" });
    expect(edit?.content.title).toContain("12 of 50 have moved");
    for (const bot of bots(50).slice(12)) desk.move(bot);
    const end = desk.pass(2 * minute).at(-1);
    expect(end).toMatchObject({ kind: "edit", content: { isOver: true } });
    expect(kinds(desk.messages).filter((kind) => kind !== "edit")).toEqual(["news"]);
  });

  test("a bot that lost its exit and moved within seconds is one message, in the past", () => {
    const desk = new Desk();
    desk.lose("alice");
    desk.pass(2_000);
    desk.move("alice");
    const made = desk.pass(hour);
    expect(kinds(made)).toEqual(["news"]);
    expect(made[0]?.content).toMatchObject({ isOver: true, severity: "info" });
    expect(made[0]?.content.text).toContain("alice moved to alice-2");
  });

  test("a bot that then has no exit and stops stays in the message of what hit it, which becomes urgent", () => {
    const desk = new Desk();
    desk.lose("alice");
    desk.pass(10_000);
    desk.happen({
      kind: "exit.none",
      unit: "alice",
      severity: "error",
      message: "fra-1 has not answered",
      evidence: { vendor: "acme" },
    });
    const urgent = desk.pass(4_000);
    expect(urgent).toMatchObject([{ kind: "news", content: { isUrgent: true, severity: "error" } }]);
    desk.happen({
      kind: "bot.stopped",
      unit: "alice",
      severity: "error",
      message: "exited with code 1",
      evidence: { exitStatus: 1 },
    });
    desk.pass(minute);
    expect(desk.alerts.size).toBe(1);
  });

  test("bots that find no exit at their start share one message", () => {
    const desk = new Desk();
    for (const bot of bots(20))
      desk.happen({
        kind: "bot.stopped",
        unit: bot,
        message: "none answers",
        evidence: { exitStatus: 69, code: "LAUNCH_PROXY_UNAVAILABLE" },
      });
    const made = desk.pass(minute);
    expect(made).toHaveLength(1);
    expect(made[0]?.content.title).toBe("20 bots have no exit and do not run");
  });

  test("a stop that an operator asked for, and a program that ends with 0, are told to nobody", () => {
    const desk = new Desk();
    desk.happen({
      kind: "bot.stopped",
      unit: "alice",
      message: "stopped by ann",
      evidence: { exitStatus: 0, isAsked: true },
    });
    desk.happen({
      kind: "bot.stopped",
      unit: "bob",
      message: "exited with code 0",
      evidence: { exitStatus: 0 },
    });
    expect(desk.pass(hour)).toEqual([]);
  });

  test("a leak has an alert of its own, and its bot ends it only by running again", () => {
    const desk = new Desk();
    desk.lose("alice");
    desk.happen({
      kind: "leak.blocked",
      unit: "alice",
      severity: "error",
      message: "seen from 198.51.100.1",
    });
    const made = desk.pass(10_000);
    expect(made.filter(({ content }) => content.isUrgent)).toHaveLength(1);
    expect(made).toHaveLength(2);
    expect(made.find(({ content }) => content.isUrgent)?.content.title).toBe(
      "alice got past its proxy and was stopped at once",
    );
  });

  test("an outage that the guard sees is told although no bot leaves, and is over when the guard says so", () => {
    const desk = new Desk();
    desk.happen({
      kind: "incident.opened",
      message: "4 of 5 bots fail at binance.",
      evidence: { kind: "venue", name: "binance" },
    });
    desk.outages = [{ cause: "venue:binance", why: "4 of 5 bots fail at binance." }];
    expect(desk.pass(minute)[0]?.content.text).toContain("4 of 5 bots fail");
    desk.outages = [];
    expect(kinds(desk.pass(minute))).toEqual(["over"]);
  });

  test("a launcher that is gone is told with its units, and over once somebody looks after them", () => {
    const desk = new Desk();
    const orphan = (unit: string, silentMs: number | undefined) => ({
      unit,
      host: "desk-2",
      pid: 7,
      silentMs,
    });
    desk.orphans = [orphan("alice", 31_000), orphan("bob", 31_000)];
    const [made] = desk.pass(10_000);
    expect(made?.content).toMatchObject({
      title: "A launcher on desk-2 is gone: nobody looks after alice, bob",
      isUrgent: true,
    });
    // Its row is tidied away, and nothing has become better by that.
    desk.orphans = [orphan("alice", undefined), orphan("bob", undefined)];
    expect(desk.pass(minute)).toEqual([]);
    desk.orphans = [];
    expect(kinds(desk.pass(minute))).toEqual(["over"]);
    // What was gone for a week when somebody first looks is no news.
    desk.orphans = [orphan("carol", undefined), orphan("dave", 8 * 24 * hour)];
    expect(desk.pass(hour)).toEqual([]);
  });

  test("a crash loop is not told again and again", () => {
    const desk = new Desk();
    for (let n = 0; n < 60; n += 1) {
      desk.happen({
        kind: "bot.stopped",
        unit: "alice",
        message: "exited with code 1",
        evidence: { exitStatus: 1 },
      });
      desk.pass(10_000);
      desk.happen({ kind: "bot.started", unit: "alice", severity: "info" });
      desk.pass(10_000);
    }
    // Twenty minutes, at most a message each five minutes.
    expect(desk.messages.length).toBeLessThanOrEqual(5);
  });

  test("what goes on is told again as a reminder, and `never` ends that", () => {
    const desk = new Desk();
    desk.happen({
      kind: "bot.stopped",
      unit: "alice",
      message: "exited with code 1",
      evidence: { exitStatus: 1 },
    });
    const made = desk.pass(9 * hour);
    expect(kinds(made)).toEqual(["news", "reminder", "reminder"]);
    expect(made[1]?.content.title).toMatch(/^Reminder, for 4 h now: alice stopped/);
    const quiet = new Desk({}, { remindMs: undefined });
    quiet.happen({
      kind: "bot.stopped",
      unit: "alice",
      message: "exited with code 1",
      evidence: { exitStatus: 1 },
    });
    expect(kinds(quiet.pass(9 * hour))).toEqual(["news"]);
  });

  test("in quiet hours only what is urgent is told; the rest comes after them, as it stands then", () => {
    const desk = new Desk({ quiet: { from: 22 * 60, to: 7 * 60 } });
    desk.nowMs = Date.UTC(2026, 10, 29, 23, 0);
    desk.lose("alice");
    desk.pass(minute);
    desk.move("alice");
    expect(desk.pass(6 * hour)).toEqual([]);
    desk.happen({ kind: "leak.blocked", unit: "bob", severity: "error", message: "seen from 198.51.100.1" });
    expect(desk.pass(minute)).toHaveLength(1);
    const morning = desk.pass(2 * hour);
    expect(morning).toMatchObject([{ kind: "news", content: { isOver: true } }]);
  });

  test("a channel gets only the topics that it names", () => {
    const desk = new Desk({ topics: ["leak"] });
    desk.lose("alice");
    expect(desk.pass(hour)).toEqual([]);
  });

  test("what a channel did not take yet is written anew instead of followed", () => {
    const desk = new Desk({ isStuck: true });
    for (const bot of bots(5)) {
      desk.lose(bot);
      desk.pass(20 * minute);
    }
    expect(desk.messages).toHaveLength(1);
    expect(desk.messages[0]?.content.title).toContain("5 bots lost");
  });

  test("a launcher that ends tells at once what others would gather for", () => {
    const desk = new Desk();
    desk.happen({
      kind: "bot.stopped",
      unit: "alice",
      message: "exited with code 1",
      evidence: { exitStatus: 1 },
    });
    desk.look(true);
    expect(kinds(desk.messages)).toEqual(["news"]);
  });
});
