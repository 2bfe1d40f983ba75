import { beforeAll, expect, test } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { loadVenueBook } from "../../../../lib/policy/verdict/venues/load-book.ts";
import { type Bench, labelOf, phaseOf, textsOf } from "../bench.ts";
import { pass, trading } from "./trading-bench.ts";

const [binance, bybit] = ["binance" as VenueName, "bybit" as VenueName];
const hosts = new Map([
  [binance, "api.binance.com"],
  [bybit, "api.bybit.com"],
]);
const country = "The Amazon CloudFront distribution is configured to block access from your country.";
const served = { status: 200, body: "{}" };

beforeAll(async () => {
  await loadVenueBook([binance, bybit], []);
});

/** The venue answers alice's exit so, and serves every other one; her bot's client sees no more than the status. */
async function refused(made: Bench, venue: VenueName, body: string): Promise<readonly string[]> {
  const asked: string[] = [];
  made.fleet.net.venueAnswers = (label) => {
    asked.push(label);
    return label === "fra" ? { status: 403, body } : served;
  };
  const plain = { headers: { server: "CloudFront" }, body: undefined, isSigned: false };
  const answer = { ...plain, host: hosts.get(venue) ?? "", status: 403, times: 3 };
  const at = made.fleet.clock.now();
  const socket = made.launcher.host.sockets.get(made.run.runId);
  socket?.onEvent({ type: "answers", pid: 1, answers: [{ ...answer, at }] });
  await pass(made, 6_000);
  return asked;
}

const statesOf = ({ fleet }: Bench) => fleet.memory.state.reputations.map(({ state }) => state);

test.each([binance, bybit])(
  "a bot is not moved round a block of its country that %s shows on a page alone",
  async (venue) => {
    const made = await trading(venue);
    const asked = await refused(made, venue, country);
    expect(asked).toEqual(["fra"]);
    expect(statesOf(made)).toEqual(["geo_blocked"]);
    expect(textsOf(made).join("\n")).toContain("Declare from which countries");
    expect(labelOf(made)).not.toBe("ams");
    expect(phaseOf(made)).toBe("holding");
    const rows = made.fleet.memory.state.evidence.map(({ row }) => row);
    expect(rows.map(({ channel, kind }) => `${channel} ${kind}`)).toContain("probe geo_blocked");
  },
);

test.each([binance, bybit])(
  "a bot moves where %s shows any other page, once its exit was asked",
  async (venue) => {
    const made = await trading(venue);
    const asked = await refused(made, venue, "<html>Blocked</html>");
    expect(asked.slice(0, 2)).toEqual(["fra", "ams"]);
    expect(statesOf(made)).toEqual(["burned"]);
    expect(textsOf(made).join("\n")).toContain("leaves fra");
  },
);

test("a country that the bot itself names is told in its words, once a probe of its exit is refused so, too", async () => {
  const made = await trading(binance);
  made.fleet.net.venueAnswers = () => ({ status: 403, body: country });
  const socket = made.launcher.host.sockets.get(made.run.runId);
  const why = "our country is refused";
  const report = {
    type: "report",
    pid: 1,
    what: "geo_blocked",
    venue: "binance",
    untilAt: undefined,
    why,
  } as const;
  socket?.onEvent(report);
  await pass(made, 6_000);
  expect(made.fleet.memory.state.reputations).toMatchObject([{ state: "geo_blocked", untilAt: undefined }]);
  const told = made.fleet.memory.state.events.filter(({ event }) => event.kind === "reputation.geo_blocked");
  expect(told.map(({ event }) => event.message)).toEqual([expect.stringContaining(why)]);
});
