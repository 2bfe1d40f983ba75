import { describe, expect, test } from "vitest";
import { z } from "zod";
import { venueSchema } from "../../../lib/config/file/venue-schema.ts";
import { anyVenue } from "../../../lib/domain/account.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { builtInVenues } from "../../../lib/policy/verdict/venues/built-in.ts";
import { configFolder } from "../../support/operator/config-folder.ts";

type Files = Readonly<Record<string, string>>;

function load(launch: string, files: Files = {}) {
  const folder = configFolder();
  folder.write("work/launch.yaml", `version: 1\n${launch}`);
  for (const [name, text] of Object.entries(files)) folder.write(`work/${name}`, text);
  return folder.load();
}

function issuesOf(launch: string, files: Files = {}): readonly string[] {
  try {
    load(launch, files);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n").map((line) => line.trim());
  }
}

const rule = "{ name: mine, status: [418], class: rate_limited }";

describe("venues in launch.yaml", () => {
  test("are read from the file and from the files that it names, in this order", () => {
    const config = load(
      `venues: [{ venue: binanceusdm, name: desk, rules: [{ name: mine, code: [-1003, x], class: ip_banned, until: [{ header: retry-after }, { after: 60 }] }] }]
venue_files: [desk/one.yaml, two.json]
output_rules: [{ name: out, line: 'locked (\\d+)', venue: desk-x, class: ip_banned, until: [{ body: 'locked (\\d+)' }] }]`,
      {
        "desk/one.yaml": `venue: desk-x\nnew: true\nhosts: ["*.desk.example"]\nlike: okx\nrules: [${rule}]\n`,
        "two.json": '[{"venue":"any","name":"house","rules":[{"name":"a","body":"x","class":"unknown"}]}]',
      },
    );
    expect(config.venues).toMatchObject([
      {
        venue: "binance",
        name: "desk",
        rules: [{ code: ["-1003", "x"], until: [{ header: "retry-after" }, { after: 60 }] }],
      },
      { venue: "desk-x", like: "okx", rules: [{ status: [418] }] },
      { venue: "any", name: "house" },
    ]);
    expect(config.outputRules).toMatchObject([{ name: "out", venue: "desk-x", class: "ip_banned" }]);
    expect(config.settings.find(({ name }) => name === "venues")?.value).toBe("desk desk-x house");
  });

  test("are none where nothing is said, and the output of bots is looked through", () => {
    const config = load("defaults: { output_patterns: false }\nbots: { a: { output_patterns: true } }");
    expect([config.venues, config.outputRules]).toEqual([[], []]);
    expect([config.defaults.outputPatterns, config.bots["a"]?.outputPatterns]).toEqual([false, true]);
    expect(load("").defaults.outputPatterns).toBeUndefined();
  });

  test("that are wrong are refused with file, place, rule, key and the nearest word, all at once", () => {
    const text = `venues:
  - venue: binnance
    rules: [${rule}]
  - venue: bybit
    hosts: ["api.*.com"]
    like: okxx
    prob: https://x
    rules:
      - { name: a, status: [4180], class: ip_baned }
      - { name: b, class: ok }
      - { name: c, body: "(", class: ok, ip: "no group" }
      - { name: d, code: [1], class: ok, until: [{ header: retry-aftr }, { header: date, after: 3 }, { body: x }] }
      - { name: e, header: { date: x, sever: x }, class: ok, txt: y }
`;
    expect(issuesOf(text).slice(1)).toEqual([
      'launch.yaml:3:12 venues.binnance.venue is "binnance", which is no known venue. Did you mean "binance"? Write new: true beside a venue of your own.',
      'launch.yaml:6:13 venues.bybit.hosts.0 is "api.*.com", which does not have the right form.',
      'launch.yaml:7:11 venues.bybit.like is "okxx", which is no known venue. Did you mean "okx"?',
      'launch.yaml:8:5 unknown key "prob" in venues.bybit. Did you mean "probe"?',
      "launch.yaml:10:29 venues.bybit.rules.a.status.0 is more than 599.",
      expect.stringMatching(
        /^launch\.yaml:10:43 venues\.bybit\.rules\.a\.class is "ip_baned", not one of ok, .*Did you mean "ip_banned"\?$/,
      ),
      "launch.yaml:11:9 venues.bybit.rules.b has no condition: write status, code, body or header.",
      expect.stringMatching(
        /^launch\.yaml:12:26 venues\.bybit\.rules\.c\.body is no regular expression \(.*\)\.$/,
      ),
      "launch.yaml:12:46 venues.bybit.rules.c.ip has no group in parentheses.",
      expect.stringMatching(
        /^launch\.yaml:13:60 .*rules\.d\.until\.0\.header is "retry-aftr", .*Did you mean "retry-after"\?$/,
      ),
      "launch.yaml:13:74 venues.bybit.rules.d.until.1 needs one of header, body, after.",
      "launch.yaml:13:110 venues.bybit.rules.d.until.2.body has no group in parentheses.",
      'launch.yaml:14:39 unknown key "sever" in venues.bybit.rules.e.header. Did you mean "server"?',
      'launch.yaml:14:62 unknown key "txt" in venues.bybit.rules.e. Did you mean "text"?',
    ]);
  });

  test("in a file of their own are refused by that file's name, and so is one that is not there", () => {
    const files = { "desk.yaml": "venue: bybit\nrules:\n  - { name: a, status: [418], class: baned }\n" };
    expect(issuesOf("venue_files: [desk.yaml]", files)).toEqual([
      expect.stringMatching(/work\/desk\.yaml has one error:$/),
      expect.stringMatching(/^desk\.yaml:3:38 rules\.a\.class is "baned", not one of /),
    ]);
    expect(issuesOf("venue_files: [none.yaml]")[0]).toMatch(/work\/none\.yaml does not exist\.$/);
  });

  test("of a rule for printed lines is known or the user's own, and such a rule reads no header", () => {
    const rules = "output_rules: [{ name: a, line: x, venue: krakn, class: ip_banned }]";
    expect(issuesOf(rules)[1]).toBe(
      'launch.yaml:2:43 output_rules.a.venue is "krakn", which is no known venue. Did you mean "kraken"?',
    );
    const reading = "output_rules: [{ name: a, line: x, class: ip_banned, until: [{ header: date }] }]";
    expect(issuesOf(reading).join("\n")).toMatch(
      /^launch\.yaml:2:\d+ unknown key "header" in output_rules\.a\.until\.0\./m,
    );
  });

  test("have the form of what is built in", async () => {
    const builtIn = await builtInVenues([anyVenue]);
    expect(z.array(venueSchema().toZod(z)).safeParse(builtIn).error?.issues).toBeUndefined();
  });
});
