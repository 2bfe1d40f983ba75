import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Key, pressed } from "../../../../lib/cli/top/keys.ts";
import { firstState, type TopState, withDesk } from "../../../../lib/cli/top/state.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { describeRun, type RunRow } from "../../../../lib/operations/runs/list-runs.ts";
import { sampleLive, sampleRun } from "../../../support/sample-facts.ts";

const row = (unit: string, kind: RunRow["kind"] = "bot"): RunRow => ({
  ...describeRun(sampleLive({ run: sampleRun() }), "live", instant(121_000)),
  unit,
  kind,
});
const desk = (...rows: readonly RunRow[]): TopState => withDesk(firstState, { rows, snapshots: new Map() });
const three = desk(row("alice"), row("bob"), row("funding", "collector"));
const extent = { tableRows: 10, paneRows: 5, paneLines: 20 };
const key = (name: string, ctrl = false): Key => ({ name, ctrl });
const typing = (state: TopState, ...names: readonly string[]) =>
  names.reduce((at, name) => pressed(at, key(name), extent).state, state);

describe("the keys of launch top", () => {
  test("move the mark between the first and the last row", () => {
    expect(three.chosen).toBe("bot:alice");
    expect(typing(three, "k").chosen).toBe("bot:alice");
    expect(typing(three, "j", "down").chosen).toBe("collector:funding");
    expect(typing(three, "G", "j").chosen).toBe("collector:funding");
    expect(typing(three, "end", "home").chosen).toBe("bot:alice");
  });

  test.each([
    ["s", "stop"],
    ["r", "restart"],
    ["x", "rotate"],
  ])("%s asks before it does anything, and only y is a yes", (name, verb) => {
    const asked = pressed(three, key(name), extent);
    expect(asked.wish).toBeUndefined();
    expect(asked.state.question).toMatchObject({ verb, row: { unit: "alice" } });
    expect(pressed(asked.state, key("y"), extent).wish).toMatchObject({ kind: "do", verb });
    const refused = pressed(asked.state, key("Y"), extent);
    expect([refused.wish, refused.state.question, refused.state.message]).toEqual([
      undefined,
      undefined,
      "Nothing was done.",
    ]);
  });

  test("start without a question, and move no collector to another exit", () => {
    expect(pressed(three, key("u"), extent).wish).toMatchObject({ kind: "do", verb: "start" });
    const moved = typing(three, "G", "x");
    expect([moved.question, moved.message]).toEqual([
      undefined,
      expect.stringContaining("connects directly"),
    ]);
  });

  test("leave by q and Ctrl-C, and q first closes what is open", () => {
    expect(pressed(three, key("q"), extent).wish).toEqual({ kind: "leave" });
    const open: TopState = { ...three, pane: { kind: "why", title: "", text: "", from: 0 } };
    expect(pressed(open, key("q"), extent)).toMatchObject({
      state: { pane: undefined },
      wish: { kind: "refresh" },
    });
    for (const state of [three, open, typing(three, "s")])
      expect(pressed(state, key("c", true), extent).wish).toEqual({ kind: "leave" });
  });

  test("scroll what is open, and a log stays at its end until somebody scrolls up", () => {
    const log: TopState = { ...three, pane: { kind: "logs", title: "", text: "", from: "end" } };
    expect(typing(log, "up").pane?.from).toBe(14);
    expect(typing(log, "up", "down").pane?.from).toBe("end");
    expect(typing(log, "g").pane?.from).toBe(0);
    const why: TopState = { ...three, pane: { kind: "why", title: "", text: "", from: 0 } };
    expect(typing(why, "space", "space", "space", "space").pane?.from).toBe(15);
  });

  test("do nothing to a unit unless the newest key is y behind its question, whatever is typed", () => {
    const names = fc.constantFrom(..."sruxlwjkgGyn?q ".split(""), "return", "escape", "up", "down", "space");
    fc.assert(
      fc.property(fc.array(names, { maxLength: 40 }), (typed) => {
        let state = three;
        for (const name of typed) {
          const { question } = state;
          const { state: next, wish } = pressed(state, key(name), extent);
          if (wish?.kind === "do" && wish.verb !== "start") {
            expect(name).toBe("y");
            expect(question).toMatchObject({ verb: wish.verb, row: wish.row });
          }
          state = next;
        }
      }),
    );
  });
});

describe("the mark", () => {
  test("stays under its unit when others come and go, and beside it when it goes itself", () => {
    const onBob = typing(three, "j");
    const moved = withDesk(onBob, { rows: [row("aaron"), row("alice"), row("bob")], snapshots: new Map() });
    expect(moved.chosen).toBe("bot:bob");
    const gone = withDesk(onBob, { rows: [row("alice"), row("carol")], snapshots: new Map() });
    expect(gone.chosen).toBe("bot:carol");
    expect(withDesk(onBob, { rows: [], snapshots: new Map() }).chosen).toBeUndefined();
  });
});
